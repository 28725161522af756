"""
task: principal_directions
points: 0.5-5
diagnosis: raised
why: Asks for ten components, which fails for fewer points or parameters.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(n_components=10, svd_solver="full")
    pca.fit(ws)
    return pca.mean_, pca.components_[0], pca.components_[1], pca.explained_variance_ratio_[:2]
