//! `switchboard check`.
