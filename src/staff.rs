//! The people of the house: who they are, how they sign in, what they may do.
