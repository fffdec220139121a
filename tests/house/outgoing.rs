//! Calls that the house makes to outside: seen at the telephones, kept in the log.

use switchboard::calls::{LegEnd, OutgoingEndedBy, OutgoingEvidence, OutgoingState, store};
use switchboard::db::{self, Db, Sql, Stamp};
use switchboard::kernel::{OutgoingId, PbxId};
use switchboard::sip::{End, Heard, Offer, Role, Sighting, Source, What};

use super::kit;
use super::line::{House, at, config_of, key};

const SITE: &str = r#"
    [[pbx]]
    name = "main"
    address = "sip:127.0.0.1:5070;transport=udp"
    username = "listener"
    password = "ring ring"
    watch = ["801", "802"]
    positions = ["801", "802"]

    [[hotline]]
    name = "400 热线"
    number = "4008001234"
"#;
const OWNER: Sql = Sql::both(
    "INSERT INTO staff (name, login, roles, extension, created_at) VALUES ('李红', 'li', 'operator', '802', 0) RETURNING id",
);

async fn person(db: &Db) {
    let stamp = Stamp { now: at(0), by: None };
    let put = db.write(stamp, |tx| Box::pin(async move { tx.keep(OWNER).value::<i64>().await }));
    put.await.unwrap();
}

async fn mirrored(house: &House, leg: &str, millis: i64, what: What) {
    let source = Source::Mirror { pbx: PbxId(0) };
    let at = at(millis);
    house.hear(Heard::Sighting(Sighting { at, heard_at: at, source, leg: key(leg), what })).await;
}

fn dials(extension: &str, number: &str) -> What {
    let role = Role::Placed(extension.parse().unwrap());
    What::Offered(Box::new(Offer { role, dialled: vec![number.to_owned()], ..Offer::default() }))
}

#[tokio::test]
async fn a_call_to_a_customer_is_in_the_log_with_who_made_it() {
    for fresh in kit::stores().await {
        person(&fresh.db).await;
        let house = House::open_as(&fresh.db, config_of(SITE), at(0)).await;
        mirrored(&house, "out", 1_000, dials("802", "013700003333")).await;
        mirrored(&house, "out", 1_200, What::Alerted).await;
        house.settle(2_000).await;
        let id = OutgoingId(1);
        let call = store::outgoing_call(&fresh.db, id).await.unwrap();
        assert_eq!((call.state, call.rang_at), (OutgoingState::Ringing, Some(at(1_200))));
        assert_eq!(call.staff.as_ref().map(|one| one.name.as_str()), Some("李红"));
        assert_eq!(
            (&*call.dialled, call.number.as_deref()),
            ("013700003333", Some("+8613700003333"))
        );
        assert_eq!(call.evidence, OutgoingEvidence::Mirror);

        // the talk goes on while the house is started again
        mirrored(&house, "out", 5_000, What::Answered).await;
        house.settle(6_000).await;
        house.stop().await;
        let house = House::open_as(&fresh.db, config_of(SITE), at(60_000)).await;
        mirrored(&house, "out", 70_000, What::Ended(End::Callee)).await;
        house.settle(70_000).await;
        let call = store::outgoing_call(&fresh.db, id).await.unwrap();
        assert_eq!((call.answered_at, call.ended_at), (Some(at(5_000)), Some(at(70_000))));
        assert_eq!((call.ending, call.end_seen), (Some(LegEnd::Answered), true));
        assert_eq!(call.ended_by, OutgoingEndedBy::Callee);
        assert!(call.version > 1, "each change is a version");

        let news = db::news_after(&fresh.db, 0, 100).await.unwrap();
        let news: Vec<_> = news.iter().filter(|one| one.kind == "outgoing_call").collect();
        let changes: Vec<_> = news.iter().map(|one| one.change.as_str()).collect();
        assert_eq!(changes, ["dialled", "ringing", "answered", "ended"]);
        assert!(news.iter().all(|one| one.subject == "outgoing_calls/1"));
        let theirs = ["+8613700003333".to_owned()];
        let to_them = store::outgoing_to(&fresh.db, &theirs, at(0), 10).await.unwrap();
        assert_eq!(to_them, std::slice::from_ref(&call));
        let of_the_day = store::outgoing_between(&fresh.db, at(0), at(90_000), 10).await.unwrap();
        assert_eq!(of_the_day, [call]);
        assert!(store::outgoing_live(&fresh.db).await.unwrap().is_empty());
        house.stop().await;
    }
}
