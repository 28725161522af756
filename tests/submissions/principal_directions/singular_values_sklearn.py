"""
task: principal_directions
points: 3.5-5.5
diagnosis: singular values
why: Ratios from scikit-learn's singular_values_, without squares.
"""
from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(svd_solver="full").fit(ws)
    s = pca.singular_values_
    return pca.mean_, pca.components_[0], pca.components_[1], s[:2] / np.sum(s)
