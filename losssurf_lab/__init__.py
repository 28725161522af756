"""What lies beside the notebooks and the two helper modules: experiments, kept results, and the checks of answers."""
