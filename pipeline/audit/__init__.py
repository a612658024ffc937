"""Where every row came from, and why what is missing is missing."""
