"""
task: principal_directions
points: 0-2
experiment: no
diagnosis: transposed
why: PCA of the transposed matrix, so that parameters are taken for points.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(n_components=2, svd_solver="full")
    pca.fit(ws.T)
    return pca.mean_, pca.components_[0], pca.components_[1], pca.explained_variance_ratio_
