"""Medical images by three families of models, and the classifier that reads them."""
