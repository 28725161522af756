"""
task: principal_directions
points: 6
why: scikit-learn's PCA with the exact solver, and the results as lists.
"""


from sklearn.decomposition import PCA


def principal_directions(ws):
    pca = PCA(svd_solver="full").fit(ws)
    return [pca.mean_, pca.components_[0], pca.components_[1], pca.explained_variance_ratio_[:2]]
