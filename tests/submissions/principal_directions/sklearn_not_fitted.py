"""
task: principal_directions
points: 0-1
diagnosis: raised
why: Forgets to call fit.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(n_components=2)
    return pca.mean_, pca.components_[0], pca.components_[1], pca.explained_variance_ratio_
