"""From media to images, texts and pairs."""
