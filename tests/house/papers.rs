//! A prepared call has its papers at hand, and its text can be sent on (operations.md clauses 2.1 and 2.3).

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::receivers::{Robot, relay};
use super::registrar::soon;
use super::site::{OUT_OF_HOURS, Site};

const CARD: &str = "/calls/plans/1";

async fn card(site: &mut Site) {
    let card = json!({"number": "13800001234", "name": "王建国", "purpose": "确认上门",
        "conclusion": "12月5日15:30上门", "points": "带备件\n带签字笔",
        "figures": "回拨 13900005678", "summary": "5日下午三点半"});
    let (status, kept) = site.post("li", "/calls/plans", card).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_lie_beside_a_card_and_are_their_callers_own() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        card(&mut site).await;
        let papers = format!("{CARD}/papers");
        let offer = b"%PDF-1.7 offer".as_slice();
        for _ in 0..2 {
            let (status, kept) =
                site.upload("li", &papers, ("/tmp/报价\u{202e}单.pdf", offer)).await;
            assert_eq!((status, &kept["id"]), (StatusCode::OK, &json!(1)), "sent twice, kept once");
        }
        let page_like = b"<html><script>alert(1)</script>".as_slice();
        let (status, _) = site.upload("li", &papers, ("x.html", page_like)).await;
        assert_eq!(status, StatusCode::OK);
        let (_, shown) = site.get("li", CARD).await;
        let said = |k: usize, field: &str| shown["papers"][k][field].clone();
        assert_eq!(
            (said(0, "name"), said(0, "mime")),
            (json!("报价单.pdf"), json!("application/pdf"))
        );
        assert_eq!(said(1, "mime"), "application/octet-stream", "its bytes say what it is");
        let page = site.page("li", CARD).await;
        assert!(page.contains("报价单.pdf") && page.contains("multipart/form-data"), "{page}");
        let (kind, bytes) = site.file("li", &format!("{papers}/1")).await;
        assert_eq!((kind.as_str(), bytes.as_slice()), ("application/pdf", offer));

        // a supervisor may look, a colleague may not, and nobody changes another's
        assert_eq!(site.get("sun", &format!("{papers}/1")).await.0, StatusCode::OK);
        assert_eq!(site.get("zhou", &format!("{papers}/1")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(site.delete("sun", &format!("{papers}/1")).await.0, StatusCode::FORBIDDEN);
        assert_eq!(site.upload("zhou", &papers, ("x", b"x")).await.0, StatusCode::FORBIDDEN);
        assert_eq!(site.upload("wang", &papers, ("x", b"x")).await.0, StatusCode::FORBIDDEN);
        let (status, empty) = site.upload("li", &papers, ("x", b"")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{empty}");
        let large = vec![b'x'; 3 * 1024 * 1024 + 1];
        let (status, _) = site.upload("li", &papers, ("x", &large)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        for k in 0..8_u8 {
            assert_eq!(site.upload("li", &papers, ("x", &[k])).await.0, StatusCode::OK);
        }
        let (status, many) = site.upload("li", &papers, ("x", b"eleven")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{many}");

        assert_eq!(site.delete("li", &format!("{papers}/2")).await.0, StatusCode::OK);
        assert_eq!(site.delete("li", &format!("{papers}/2")).await.0, StatusCode::NOT_FOUND);
        let told = site.journal("call_plan").await;
        let count = |word: &str| told.iter().filter(|line| line.ends_with(word)).count();
        assert_eq!((count(" added"), count(" removed")), (10, 1), "{told:?}");

        // who asks to be forgotten takes the papers along
        let erase = json!({"number": "13800001234", "contacts": [], "ground": "request"});
        let (status, gone) = site.post("sun", "/contacts/privacy/erasure", erase).await;
        assert!(status.is_success(), "{gone}");
        let (_, shown) = site.get("li", CARD).await;
        assert_eq!(shown["papers"], json!([]), "{shown}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_card_is_sent_on_by_mail_and_to_a_group_without_numbers() {
    for place in kit::places().await {
        let (mail, mut mails) = relay(&[]).await;
        let (robot, mut posts) = Robot::open(&[]).await;
        let more = format!(
            "{OUT_OF_HOURS}[smtp]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"switchboard@house.example\"\n\
             [[robot]]\nname = \"工程群\"\nkind = \"wecom\"\nurl = \"{}\"\nroles = [\"finance\"]\n",
            mail.ip(),
            mail.port(),
            robot.url
        );
        let mut site = Site::open_with(&place, &more).await;
        card(&mut site).await;
        let letters = format!("{CARD}/letters");
        for (body, field) in [
            (json!({"way": "mail", "to": "nobody"}), "to"),
            (json!({"way": "mail", "to": "a@b.c>, x@y.z"}), "to"),
            (json!({"way": "别的群"}), "way"),
            (json!({}), "way"),
        ] {
            let (status, refused) = site.post("li", &letters, body.clone()).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            assert!(refused["fields"][field].is_string(), "{body}: {refused}");
        }
        let by_mail = json!({"way": "mail", "to": "wang@customer.example"});
        let (status, said) = site.post("zhou", &letters, by_mail.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{said}");
        let (status, said) = site.post("li", &letters, by_mail).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let sent = soon("the mail", mails.recv()).await.unwrap();
        assert!(sent.to.join(" ").contains("wang@customer.example"), "{:?}", sent.to);
        let parsed = mailparse::parse_mail(&sent.raw).unwrap();
        let text = parsed.get_body().unwrap().replace("\r\n", "\n");
        let told = "12月5日15:30上门\n1. 带备件\n2. 带签字笔\n回拨 13900005678\n总结：5日下午三点半\n— 李红";
        assert_eq!(text.trim_end(), told);

        let (status, said) = site.post("li", &letters, json!({"way": "工程群"})).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let posted = soon("the group", posts.recv()).await.unwrap().json().to_string();
        assert!(posted.contains("带签字笔") && !posted.contains("13900005678"), "{posted}");
        let (_, shown) = site.get("li", CARD).await;
        let ways: Vec<&Value> =
            shown["letters"].as_array().unwrap().iter().map(|one| &one["channel"]).collect();
        assert_eq!(ways, ["mail", "wecom"], "{shown}");
        let page = site.page("li", CARD).await;
        assert!(page.contains("wang@customer.example") && page.contains("sms:"), "{page}");
        let told = site.journal("call_plan").await;
        assert_eq!(told.iter().filter(|line| line.ends_with(" sent")).count(), 2, "{told:?}");
        site.close().await;
    }
}
