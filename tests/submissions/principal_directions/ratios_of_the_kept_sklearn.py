"""
task: principal_directions
points: 3.5-5.5
diagnosis: kept
why: Normalises explained_variance_ of two components.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(n_components=2, svd_solver="full").fit(ws)
    ratios = pca.explained_variance_ / pca.explained_variance_.sum()
    return pca.mean_, pca.components_[0], pca.components_[1], ratios
