"""What can be booked with an owner: which types of meeting there are, what each asks, and how owners change them."""
