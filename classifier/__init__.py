"""What the model knows: which department handles a text like this, and how sure it may be."""
