"""Drug-like molecules: VAE, GAN, properties, goal-directed design and their measures."""
