//! Why a server is not our store, in words for the administrator: which server, and what to do. Never
//! the password.

use std::io;

use sqlx::postgres::PgConnectOptions;

/// What `error` means for a server that was asked with `options`.
pub(super) fn says(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let at = at(options);
    let user = options.get_username();
    let database = options.get_database().unwrap_or(user);
    if let sqlx::Error::Io(why) = error {
        return if why.kind() == io::ErrorKind::TimedOut {
            format!(
                "the PostgreSQL server at {at} does not answer; is it running, and does a firewall let us through?"
            )
        } else {
            format!(
                "the PostgreSQL server at {at} cannot be reached ({why}); is it running, and are host and port right?"
            )
        };
    }
    if let sqlx::Error::Tls(why) = error {
        return format!("the PostgreSQL server at {at} does not agree on TLS ({why}); see sslmode");
    }
    let sqlx::Error::Database(told) = error else {
        return format!("the PostgreSQL server at {at} cannot be used: {error}");
    };
    let what = told.message();
    match told.code().as_deref() {
        Some("28P01" | "28000") => format!(
            "the PostgreSQL server at {at} does not let {user} in ({what}); correct the user or the password, or let them in by pg_hba.conf"
        ),
        Some("3D000") => format!(
            "the PostgreSQL server at {at} has no database {database}; create it (createdb -O {user} {database}) or correct its name"
        ),
        Some("42501") => format!(
            "the PostgreSQL server at {at} does not let {user} use the database {database} ({what})"
        ),
        _ => format!("the PostgreSQL server at {at} says no: {what}"),
    }
}

/// Where that is: host and port, or the folder of its socket.
fn at(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    match options.get_socket() {
        Some(folder) => format!("{} (port {port})", folder.display()),
        // a path for a host is a folder as well
        None if host.starts_with('/') => format!("{host} (port {port})"),
        None if host.contains(':') && !host.starts_with('[') => format!("[{host}]:{port}"),
        None => format!("{host}:{port}"),
    }
}
