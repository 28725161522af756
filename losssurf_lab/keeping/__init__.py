"""Results on the disk, found again under the key of all that decides them."""
