"""The images that the pods of the node tests run: made here, by no container registry."""
