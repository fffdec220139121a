//! `switchboard staff add` and `switchboard token create`; both work beside a running service.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use super::{Refused, runtime, say};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Stamp};
use crate::kernel::Roles;
use crate::staff::{self, Newcomer};

/// What was typed about somebody, and how to get the password.
pub(super) fn add(
    config: &Config,
    mut newcomer: Newcomer,
    password_file: Option<&Path>,
) -> Result<(), Refused> {
    newcomer.password = match password_file {
        Some(file) => from_file(file)?,
        None => asked()?,
    };
    let login = newcomer.login.trim().to_lowercase();
    let done = runtime()?.block_on(async {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
        let done = staff::add(&db, now(), newcomer).await;
        db.close().await;
        Ok::<_, Refused>(done)
    })?;
    match done {
        Ok(id) => {
            say(&format!("added: {login} (staff/{id})"));
            Ok(())
        }
        Err(staff::Error::Wrong(wrong)) => {
            let lines: Vec<String> =
                wrong.iter().map(|one| format!("{}: {one}", one.field())).collect();
            Err(Refused::Input(lines.join("\n")))
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) fn create_token(config: &Config, name: &str, roles: Roles) -> Result<(), Refused> {
    if name.trim().is_empty() || roles.is_empty() {
        return Err(Refused::Input("--name and --role must not be empty".to_owned()));
    }
    let token = runtime()?.block_on(async {
        let db = Db::open(config.store_url.reveal(), Bus::new()).await?;
        let made = staff::create_token(&db, now(), name, roles).await;
        db.close().await;
        Ok::<_, Refused>(made?.1)
    })?;
    say(&token);
    Ok(())
}

fn now() -> Stamp {
    Stamp { now: Clock::house().now(), by: None }
}

fn from_file(file: &Path) -> Result<String, Refused> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = read.map_err(|why| {
        Refused::Input(format!("--password-file: {} cannot be read: {why}", file.display()))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn asked() -> Result<String, Refused> {
    if !std::io::stdin().is_terminal() {
        let says = "there is no terminal to ask for the password: give --password-file FILE or -";
        return Err(Refused::Input(says.to_owned()));
    }
    let first = rpassword::prompt_password("Password: ")?;
    let again = rpassword::prompt_password("Once more: ")?;
    if first == again {
        Ok(first)
    } else {
        Err(Refused::Input("the two passwords differ".to_owned()))
    }
}
