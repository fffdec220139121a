//! To whom orders were offered, and what was photographed and signed.

use super::super::order::{Order, Pictures, State};
use super::orders::record;
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// A photograph or signature.
    PICTURE = "INSERT INTO work_order_pictures (order_id, op_id, kind, at, by_staff, mime, bytes, act, became) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (op_id) WHERE op_id IS NOT NULL DO NOTHING";
    /// The pictures of an order, without their bytes.
    PICTURES = "SELECT id, kind, at, by_staff, became FROM work_order_pictures WHERE order_id = $1 AND withdrawn_at IS NULL ORDER BY id";
    /// One picture.
    BYTES = "SELECT p.mime, p.bytes FROM work_order_pictures p JOIN work_orders o ON o.id = p.order_id WHERE o.no = $1 AND p.id = $2 AND p.withdrawn_at IS NULL";
    /// How many photographs there are, and signatures that came with this act or wait for any.
    SEEN = "SELECT count(CASE WHEN kind = 'photo' THEN 1 END) AS photos,
                   count(CASE WHEN kind = 'signature' AND became IS NULL AND (act = $2 OR act IS NULL) THEN 1 END) AS signatures
            FROM work_order_pictures WHERE order_id = $1 AND withdrawn_at IS NULL";
    /// Whoever took a photograph takes it back.
    WITHDRAW = "UPDATE work_order_pictures SET withdrawn_at = $3 WHERE order_id = $1 AND id = $2 AND kind = 'photo' AND by_staff = $4 AND withdrawn_at IS NULL";
    /// The signature of this act, the newest of several, is the order's.
    SIGNED = "UPDATE work_order_pictures SET became = 'signed'
              WHERE id = (SELECT p.id FROM work_order_pictures p
                          WHERE p.order_id = $1 AND p.kind = 'signature' AND p.became IS NULL AND (p.act = $2 OR p.act IS NULL)
                          ORDER BY CASE WHEN p.act = $2 THEN 0 ELSE 1 END, p.id DESC LIMIT 1)";
    /// Signatures of this act, and those that waited for any, are not the order's.
    LATE = "UPDATE work_order_pictures SET became = 'late'
            WHERE order_id = $1 AND kind = 'signature' AND became IS NULL AND (act = $2 OR act IS NULL)";
    /// Offers an order to somebody.
    OFFER = "INSERT INTO work_order_offers (order_id, staff_id, offered_at, answer_by, state, why) VALUES ($1, $2, $3, $4, 'open', $5)";
    /// Ends the open offer of an order.
    ANSWER = "UPDATE work_order_offers SET state = $2, answered_at = $3 WHERE order_id = $1 AND state = 'open'";
    /// Whoever took the order gives it back: of its newest offer, where that was accepted.
    UNACCEPT = "UPDATE work_order_offers SET state = 'declined', answered_at = $2
                WHERE state = 'accepted' AND id = (SELECT max(f.id) FROM work_order_offers f WHERE f.order_id = $1)";
    /// The offers of an order, oldest first.
    OFFERS = "SELECT f.id, f.order_id, f.staff_id, s.name, f.offered_at, f.answer_by, f.phone_by, f.answered_at, f.state FROM work_order_offers f JOIN staff s ON s.id = f.staff_id WHERE f.order_id = $1 ORDER BY f.id";
    /// All open offers.
    OPEN_OFFERS = "SELECT f.id, f.order_id, f.staff_id, s.name, f.offered_at, f.answer_by, f.phone_by, f.answered_at, f.state FROM work_order_offers f JOIN staff s ON s.id = f.staff_id WHERE f.state = 'open' ORDER BY f.id";
    /// Who said no, or nothing, to orders that may still be sent to somebody else.
    GONE = "SELECT f.order_id, f.staff_id FROM work_order_offers f JOIN work_orders o ON o.id = f.order_id
            WHERE o.state IN ('draft', 'issued', 'acked') AND f.state IN ('declined', 'silent') ORDER BY f.id";
    /// Somebody is to telephone whoever has not answered; until then the offer stands.
    PHONE = "UPDATE work_order_offers SET phone_by = $2, answer_by = $2 WHERE order_id = $1 AND state = 'open' AND phone_by IS NULL";
    /// Whom an order is offered to, where that ran out and nobody was to telephone them yet.
    UNPHONED = "SELECT staff_id FROM work_order_offers WHERE order_id = $1 AND state = 'open' AND phone_by IS NULL AND answer_by <= $2";
    /// Open offers about which somebody is to telephone: when each was made, and of what priority.
    TO_PHONE = "SELECT f.id, f.offered_at, t.priority FROM work_order_offers f JOIN work_orders o ON o.id = f.order_id JOIN tickets t ON t.id = o.ticket_id
                WHERE f.state = 'open' AND f.phone_by IS NOT NULL ORDER BY f.id";
    /// An offer stands no longer than until then.
    SHORTEN = "UPDATE work_order_offers SET answer_by = $2 WHERE id = $1 AND answer_by > $2";
    /// When the next offer runs out.
    NEXT_OFFER = "SELECT min(answer_by) AS next FROM work_order_offers WHERE state = 'open'";
    /// Orders whose offer ran out, earliest first.
    SILENT = "SELECT o.no FROM work_order_offers f JOIN work_orders o ON o.id = f.order_id WHERE f.state = 'open' AND f.answer_by <= $1 ORDER BY f.answer_by, f.id LIMIT 100";
}

/// A picture, without its bytes.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Picture {
    /// Its number.
    pub id: i64,
    /// `photo` or `signature`.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// Who took it.
    pub by_staff: Option<StaffId>,
    /// Of a signature: `signed`, it is the order's; `late`, what it came with was not taken. `None`: it waits for
    /// its act.
    pub became: Option<String>,
}

impl Picture {
    /// Whether it is a photograph.
    pub fn is_photo(&self) -> bool {
        self.kind == "photo"
    }

    /// Whether it is what the customer signed the order with.
    pub fn is_signed(&self) -> bool {
        self.became.as_deref() == Some("signed")
    }

    /// Whether it is a signature that does not count.
    pub fn is_late(&self) -> bool {
        self.became.as_deref() == Some("late")
    }
}

/// A picture that comes in.
#[derive(Debug, Clone, Copy)]
pub struct NewPicture<'p> {
    /// Its number: one that comes twice is kept once.
    pub op_id: Option<&'p str>,
    /// The number of the act it comes with.
    pub act: Option<&'p str>,
    /// `photo` or `signature`.
    pub kind: &'static str,
    /// Its media type.
    pub mime: &'static str,
    /// What it is.
    pub bytes: &'p [u8],
}

/// An offer.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Offer {
    /// Its number.
    pub id: i64,
    /// Of which order.
    #[serde(skip)]
    pub order_id: i64,
    /// To whom.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// When.
    pub offered_at: Moment,
    /// Until when they should say yes.
    pub answer_by: Moment,
    /// Until when somebody should telephone them; none where nobody is to.
    pub phone_by: Option<Moment>,
    /// When they did.
    pub answered_at: Option<Moment>,
    /// `open`, `accepted`, `declined`, `silent`, `withdrawn`.
    pub state: String,
}

/// Keeps a picture; one that comes twice is kept once. A signature counts where it can be signed with.
pub async fn add_picture(tx: &mut Tx, order: &Order, new: &NewPicture<'_>) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    let late = new.kind == "signature" && order.state != State::Done;
    let picture = tx.q(PICTURE).bind(order.id).bind(new.op_id).bind(new.kind).bind(now).bind(by);
    let picture = picture.bind(new.mime).bind(new.bytes.to_vec()).bind(new.act);
    picture.bind(late.then_some("late")).run().await?;
    record(tx, &order.no, new.kind, order.version);
    Ok(())
}

/// Whoever took a photograph takes it back while the order is theirs to do; `false` where it is not theirs, or the order
/// is signed.
pub async fn withdraw(tx: &mut Tx, order: &Order, picture: i64) -> Result<bool> {
    let open = [State::OnSite, State::Paused, State::Done].contains(&order.state);
    let (now, by) = (tx.now(), tx.by());
    if !open {
        return Ok(false);
    }
    let done = tx.q(WITHDRAW).bind(order.id).bind(picture).bind(now).bind(by).run().await?;
    if done > 0 {
        record(tx, &order.no, "photo_withdrawn", order.version);
    }
    Ok(done > 0)
}

/// What was signed with: the signature of this act is the order's, any other is not.
pub async fn signed(tx: &mut Tx, order: i64, act: Option<&str>) -> Result<()> {
    tx.q(SIGNED).bind(order).bind(act).run().await?;
    late(tx, order, act).await
}

/// A signing was not taken: its signature stays beside the order and counts for no other.
pub async fn late(tx: &mut Tx, order: i64, act: Option<&str>) -> Result<()> {
    tx.q(LATE).bind(order).bind(act).run().await.map(drop)
}

/// The pictures of an order.
pub async fn pictures(db: &Db, order: i64) -> Result<Vec<Picture>> {
    db.read(PICTURES).bind(order).all().await
}

/// One picture: its media type and bytes.
pub async fn bytes(db: &Db, no: &str, picture: i64) -> Result<Option<(String, Vec<u8>)>> {
    db.read(BYTES).bind(no).bind(picture).maybe().await
}

/// What there is to see for an act.
pub async fn seen(tx: &mut Tx, order: i64, act: Option<&str>) -> Result<Pictures> {
    let (photos, signatures) = tx.q(SEEN).bind(order).bind(act).one().await?;
    Ok(Pictures { photos, signatures })
}

/// Offers an order; an open offer must have ended before.
pub async fn offer(
    tx: &mut Tx,
    order: i64,
    to: StaffId,
    answer_by: Moment,
    why: &str,
) -> Result<()> {
    let now = tx.now();
    tx.q(OFFER).bind(order).bind(to).bind(now).bind(answer_by).bind(why).run().await.map(drop)
}

/// Ends the open offer of an order.
pub async fn answer(tx: &mut Tx, order: i64, how: &'static str) -> Result<u64> {
    let now = tx.now();
    tx.q(ANSWER).bind(order).bind(how).bind(now).run().await
}

/// Whoever took the order gives it back: they are not asked for it again.
pub async fn unaccept(tx: &mut Tx, order: i64) -> Result<()> {
    let now = tx.now();
    tx.q(UNACCEPT).bind(order).bind(now).run().await.map(drop)
}

/// Somebody is to telephone whoever has not answered: the offer stands until then. `false` where it is over, or
/// was telephoned about before.
pub async fn phone(tx: &mut Tx, order: i64, by: Moment) -> Result<bool> {
    Ok(tx.q(PHONE).bind(order).bind(by).run().await? == 1)
}

/// Whom an order is offered to, where that ran out and nobody was to telephone them yet.
pub async fn unphoned(tx: &mut Tx, order: i64) -> Result<Option<StaffId>> {
    let now = tx.now();
    let whom: Option<(StaffId,)> = tx.q(UNPHONED).bind(order).bind(now).maybe().await?;
    Ok(whom.map(|whom| whom.0))
}

/// Open offers about which somebody is to telephone: its row, when it was made, the fault's priority.
pub async fn to_phone(tx: &mut Tx) -> Result<Vec<(i64, Moment, i64)>> {
    tx.q(TO_PHONE).all().await
}

/// An offer stands no longer than until `by`.
pub async fn shorten(tx: &mut Tx, offer: i64, by: Moment) -> Result<()> {
    tx.keep(SHORTEN).bind(offer).bind(by).run().await.map(drop)
}

/// The offers of an order, oldest first.
pub async fn offers(db: &Db, order: i64) -> Result<Vec<Offer>> {
    db.read(OFFERS).bind(order).all().await
}

/// All open offers.
pub async fn open_offers(db: &Db) -> Result<Vec<Offer>> {
    db.read(OPEN_OFFERS).all().await
}

/// Who said no, or nothing, to orders that may still be sent to somebody else.
pub async fn gone(db: &Db) -> Result<Vec<(i64, StaffId)>> {
    db.read(GONE).all().await
}

/// When the next offer runs out.
pub async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_OFFER).value().await
}

/// Orders whose offer ran out at a moment.
pub async fn silent(db: &Db, due: Moment) -> Result<Vec<String>> {
    db.read(SILENT).bind(due).values().await
}
