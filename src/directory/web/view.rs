//! A person as one reader may see them: the only way from the store to a page.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::person::{Asker, Disclosure, Person, Sight, sight};
use super::super::store::{self, grants};
use super::Panel;
use crate::db::Result;
use crate::kernel::{Moment, PersonId, Phone, StaffId};
use crate::scripts::{self, Use};
use crate::shifts::store::everyone;
use crate::shifts::{Duty, Presence};
use crate::web::{OnDuty, Want};

/// Everything that decides what a reader sees.
pub(super) struct Scene {
    pub(super) people: Vec<Person>,
    duties: BTreeMap<StaffId, Duty>,
    granted: BTreeMap<PersonId, Moment>,
    talking: BTreeSet<StaffId>,
    reader: OnDuty,
    now: Moment,
    /// What the house says where something may not be told.
    refusal: Option<String>,
}

/// Somebody to turn to.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Other {
    pub(super) id: PersonId,
    pub(super) name: String,
    /// Null where the reader may not know it.
    pub(super) extension: Option<String>,
}

/// A person as one reader may see them. Where `closed`, numbers, place and whereabouts are null:
/// they were never put in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PersonView {
    pub(super) id: PersonId,
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) department: String,
    pub(super) title: String,
    pub(super) disclosure: Disclosure,
    /// Numbers and whereabouts are not for this reader.
    pub(super) closed: bool,
    /// Until when a grant lets this reader look.
    pub(super) granted_until: Option<Moment>,
    pub(super) location: Option<String>,
    pub(super) extension: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) email: Option<String>,
    pub(super) note: Option<String>,
    pub(super) presence: Option<Presence>,
    pub(super) since: Option<Moment>,
    pub(super) reason: Option<String>,
    pub(super) place: Option<String>,
    pub(super) until: Option<Moment>,
    pub(super) secretary: Option<Other>,
    pub(super) deputy: Option<Other>,
    /// What to say to a caller who asks; null where nothing is withheld.
    pub(super) refusal: Option<String>,
    /// Whether the person has an account, so that the shifts say where they are.
    #[serde(skip)]
    pub(super) account: bool,
}

impl Scene {
    pub(super) async fn load(panel: &Panel, want: &Want, reader: &OnDuty) -> Result<Self> {
        let (db, now) = (&want.kit.db, want.now);
        let granted = match reader.staff() {
            Some(staff) => grants::running(db, staff, now).await?.into_iter().collect(),
            None => BTreeMap::new(),
        };
        let refusal = scripts::store::said(db, Use::Refusal, "", want.language).await?;
        let duties = everyone(db, now).await?.into_iter().map(|duty| (duty.staff, duty));
        Ok(Self {
            people: store::all(db).await?,
            duties: duties.collect(),
            granted,
            talking: panel.talking.talking(),
            reader: reader.clone(),
            now,
            refusal: refusal.map(|said| scripts::spoken(&said, want, reader)),
        })
    }

    pub(super) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// What this reader may know of a person.
    pub(super) fn sight(&self, person: &Person) -> Sight {
        let asker = Asker { roles: &self.reader.roles, staff: self.reader.staff() };
        let secretary = person.draft.secretary.and_then(|id| self.person(id));
        let secretary = secretary.and_then(|one| one.draft.staff);
        sight(person, asker, secretary, self.granted.get(&person.id).copied())
    }

    fn other(&self, id: Option<PersonId>) -> Option<Other> {
        let person = self.person(id?)?;
        let open = self.sight(person).is_open();
        Some(Other {
            id: person.id,
            name: person.draft.name.clone(),
            extension: person.draft.extension.clone().filter(|_| open),
        })
    }

    /// The person as this reader may see them.
    pub(super) fn view(&self, want: &Want, person: &Person) -> PersonView {
        let sight = self.sight(person);
        let draft = &person.draft;
        let l = want.messages();
        let mut view = PersonView {
            id: person.id,
            version: person.version,
            name: draft.name.clone(),
            department: draft.department.clone(),
            title: draft.title.clone(),
            disclosure: draft.disclosure,
            closed: !sight.is_open(),
            granted_until: match sight {
                Sight::Granted(until) => Some(until),
                Sight::Whole | Sight::Closed => None,
            },
            location: None,
            extension: None,
            phone: None,
            mobile: None,
            email: None,
            note: None,
            presence: None,
            since: None,
            reason: None,
            place: None,
            until: None,
            secretary: self.other(draft.secretary),
            deputy: self.other(draft.deputy),
            refusal: None,
            account: draft.staff.is_some(),
        };
        if !sight.is_open() {
            let asked = if draft.title.is_empty() { &draft.name } else { &draft.title };
            let said = self.refusal.as_ref().map(|said| format!("“{said}”"));
            let usual = || l.directory_refusal(asked.as_str()).to_string();
            view.refusal = Some(said.unwrap_or_else(usual));
            return view;
        }
        view.location = Some(draft.location.clone()).filter(|text| !text.is_empty());
        view.extension.clone_from(&draft.extension);
        view.phone.clone_from(&draft.phone);
        view.mobile.clone_from(&draft.mobile);
        view.email.clone_from(&draft.email);
        view.note.clone_from(&draft.note);
        let duty = draft.staff.and_then(|staff| self.duties.get(&staff));
        let at = match duty {
            Some(duty) => Some(duty.whereabouts(self.now, self.talking.contains(&duty.staff))),
            None => person.whereabouts.clone(),
        };
        if let Some(at) = at {
            view.presence = Some(at.presence);
            view.since = at.since;
            view.reason = at.reason;
            view.place = at.place;
            view.until = at.until;
        }
        if draft.disclosure != Disclosure::Public {
            view.refusal = Some(l.directory_refusal_internal().to_string());
        }
        view
    }
}

impl PersonView {
    pub(super) fn initial(&self) -> String {
        self.name.chars().next().map(String::from).unwrap_or_default()
    }

    /// Numbers as people write them, with what to dial.
    pub(super) fn numbers(&self) -> Vec<(&'static str, String, String)> {
        let numbers =
            [("extension", &self.extension), ("phone", &self.phone), ("mobile", &self.mobile)];
        let shown = |(kind, number): (&'static str, &Option<String>)| {
            let number = number.clone()?;
            let people = Phone::read(&number).filter(|_| kind != "extension");
            Some((kind, people.map_or_else(|| number.clone(), |phone| phone.for_people()), number))
        };
        numbers.into_iter().filter_map(shown).collect()
    }

    pub(super) fn tint(&self) -> &'static str {
        match self.presence {
            Some(Presence::Present) => "t1",
            Some(Presence::OnCall) => "ta",
            Some(Presence::Away | Presence::Meeting | Presence::Out) => "t2",
            Some(Presence::Off) | None => "",
        }
    }

    /// The colour of the level's tag.
    pub(super) fn level_tint(&self) -> &'static str {
        match self.disclosure {
            Disclosure::Public => "",
            Disclosure::Internal => "ti",
            Disclosure::Restricted => "tv",
        }
    }
}
