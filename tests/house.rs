//! The stories of the house: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod house {
    pub(crate) mod app;
    pub(crate) mod book_kit;
    pub(crate) mod bookings_kit;
    pub(crate) mod capture_kit;
    pub(crate) mod demo;
    pub(crate) mod desk;
    pub(crate) mod hep_kit;
    pub(crate) mod kit;
    pub(crate) mod line;
    pub(crate) mod mirror_kit;
    pub(crate) mod notifier;
    pub(crate) mod program;
    pub(crate) mod receivers;
    pub(crate) mod relay;
    pub(crate) mod site;
    pub(crate) mod stage;

    mod bookings;
    mod bookings_board;
    mod bookings_evening;
    mod browser;
    mod calendars;
    mod calls_book;
    mod calls_driver;
    mod calls_random;
    mod calls_recorded;
    mod calls_rules;
    mod calls_seen;
    mod calls_shuffled;
    mod calls_store;
    mod capture;
    mod claims;
    mod cli;
    mod config;
    mod contacts;
    mod contacts_pages;
    mod corpora;
    mod directory;
    mod dock;
    mod followups;
    mod framing;
    mod ground;
    mod hep_receiver;
    mod journal;
    mod listener;
    mod messages;
    mod mirror_recorded;
    mod missed;
    mod notices;
    mod outbox;
    mod outgoing;
    mod outgoing_purpose;
    pub(crate) mod panel;
    mod permissions;
    mod reading;
    mod records;
    mod registrar;
    mod replay;
    mod reports;
    mod reports_made;
    mod reports_wall;
    mod scripts;
    mod shifts;
    mod sip_endpoint;
    mod sip_subscribe;
    mod sipp;
    mod staff;
    mod statements;
    mod tickets;
    mod tickets_clock;
    mod timers;
    mod torture;
    mod web;
}
