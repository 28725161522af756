"""
task: principal_directions
points: 0.5-3
experiment: no
diagnosis: standard|scale|plane|direction
why: Scales each parameter to unit variance, the PCA of the correlation matrix.
"""
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler


def principal_directions(ws):
    scaled = StandardScaler().fit_transform(ws)
    pca = PCA(n_components=2, svd_solver="full").fit(scaled)
    return ws.mean(0), pca.components_[0], pca.components_[1], pca.explained_variance_ratio_
