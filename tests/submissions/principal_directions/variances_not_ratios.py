"""
task: principal_directions
points: 3.5-5.5
diagnosis: variance|ratio
why: explained_variance_ in place of explained_variance_ratio_.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(n_components=2, svd_solver="full").fit(ws)
    return pca.mean_, pca.components_[0], pca.components_[1], pca.explained_variance_
