"""
task: principal_directions
points: 6
why: scikit-learn's PCA as it comes, which takes a randomised solver for large inputs.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(n_components=2)
    pca.fit(ws)
    return pca.mean_, pca.components_[0], pca.components_[1], pca.explained_variance_ratio_
