"""
task: principal_directions
points: 6
why: scikit-learn's PCA with all components, of which the first two are taken.
"""


def principal_directions(ws):
    from sklearn.decomposition import PCA

    model = PCA(svd_solver="full").fit(ws)
    direction1, direction2 = model.components_[:2]
    return ws.mean(0), direction1, direction2, model.explained_variance_ratio_[:2]
