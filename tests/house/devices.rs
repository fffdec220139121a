//! Before the day needs them an operator checks telephone and radios: the registrar's word as it is mirrored, a trial
//! call, the greeters' answers within a minute; what fails becomes a fault with one key (clause 1-2b).

use std::net::SocketAddr;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use super::hep_kit::Mirroring;
use super::kit;
use super::registrar::PATIENCE;
use super::site::{OUT_OF_HOURS, Site, at};

const MINUTE: i64 = 60_000;

/// What the registrar answers telephone 801: for how long it is registered, or that it is not.
fn registrar(number: u32, contact: &str) -> String {
    format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK{number}\r\nFrom: <sip:801@far>;tag=a\r\n\
         To: <sip:801@far>;tag=b\r\nCall-ID: register@801\r\nCSeq: {number} REGISTER\r\n{contact}Content-Length: 0\r\n\r\n"
    )
}

async fn did(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

/// Waits until the operator's check says this of the registration.
async fn until_registered(site: &mut Site, word: &str) -> Value {
    let seen = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
        loop {
            beat.tick().await;
            let (_, page) = site.get("li", "/devices").await;
            if page["check"]["registered"] == word {
                return page;
            }
        }
    };
    let came = tokio::time::timeout(PATIENCE, seen).await;
    came.unwrap_or_else(|_| panic!("the registration is never {word}"))
}

/// A greeter answers what waits above their page.
async fn answers(site: &mut Site, who: &'static str) {
    let page = site.page(who, "/my/floor").await;
    assert!(page.contains("对讲机试机：李红"), "{page}");
    let id = page.split("id=\"ask-").nth(1).unwrap().split('"').next().unwrap();
    did(site, who, &format!("/notices/{id}/receipt"), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_of_telephone_and_radios_is_seen_named_and_reported_with_one_key() {
    for place in kit::places().await {
        let free = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port: SocketAddr = free.local_addr().unwrap();
        drop(free);
        let more = format!(
            "{OUT_OF_HOURS}[hep]\nlisten = \"udp://{port}\"\n\
             [[pbx]]\nname = \"far\"\naddress = \"sip:192.0.2.1\"\nmember = false\n"
        );
        let mut site = Site::open_with(&place, &more).await;
        let agent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mirror = async |text: String, at_ms| {
            let packet = Mirroring::of(text.as_bytes(), at_ms).packet();
            agent.send_to(&packet, port).await.unwrap();
        };

        // the first duty of the day offers it
        did(&mut site, "li", "/shifts/sign-on", json!({})).await;
        let card = site.page("li", "/shifts/duty").await;
        assert!(card.contains("今天还没有做设备自检") && card.contains("href=\"/devices\""));
        assert!(site.page("sun", "/shifts").await.contains("设备未自检"));

        // nothing shows the registration, nobody is on duty to be asked: the ear decides
        let seen = did(&mut site, "li", "/devices/checks", json!({})).await;
        let check = &seen["check"];
        assert_eq!(
            (&check["registered"], &check["telephone"]),
            (&json!("unknown"), &json!("open"))
        );
        assert_eq!((&check["asked"], &check["radio"]), (&json!(0), &json!("ok")));
        assert!(site.page("li", "/devices").await.contains("不清楚：没有来源能看到"));
        let (status, _) = site.post("zhou", "/devices/checks/1/trial", json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "it is not hers");
        let heard = json!({ "heard": true });
        let seen = did(&mut site, "li", "/devices/checks/1/trial", heard).await;
        assert_eq!(seen["check"]["telephone"], "ok");
        let nothing = json!({ "device": "telephone" });
        let (status, _) = site.post("li", "/devices/checks/1/faults", nothing.clone()).await;
        assert!(status.is_client_error(), "there is nothing to report");
        site.pass_to(MINUTE).await;
        assert_eq!(site.get("li", "/devices").await.1["check"]["due_at"], Value::Null);
        assert!(!site.page("li", "/shifts/duty").await.contains("今天还没有做设备自检"));

        // two greeters are on duty; the telephone is registered, and then it is not
        for greeter in ["jia", "yi"] {
            did(&mut site, greeter, "/shifts/sign-on", json!({})).await;
        }
        did(&mut site, "li", "/devices/checks", json!({})).await;
        let contact = "Contact: <sip:801@192.0.2.2:5070>;expires=3600\r\n";
        mirror(registrar(1, contact), at(MINUTE).millis()).await;
        until_registered(&mut site, "yes").await;
        mirror(registrar(2, ""), at(MINUTE).millis()).await;
        let seen = until_registered(&mut site, "no").await;
        assert_eq!(seen["check"]["telephone"], "failed", "{seen}");
        let page = site.page("li", "/devices").await;
        assert!(page.contains("电话:失败") && page.contains("data-key=\"f\""), "{page}");
        let seen = did(&mut site, "li", "/devices/checks/2/faults", nothing.clone()).await;
        let no = seen["check"]["telephone_fault"].as_str().unwrap().to_owned();
        let (_, fault) = site.get("li", &format!("/faults/{no}")).await;
        assert!(fault.to_string().contains("接线台话机未注册"), "{fault}");
        assert!(fault.to_string().contains("接线台 801"), "{fault}");
        let again = did(&mut site, "li", "/devices/checks/2/faults", nothing).await;
        assert_eq!(again["check"]["telephone_fault"], json!(no), "once is enough");

        // one answers, the other stays silent for a minute and is named
        answers(&mut site, "jia").await;
        assert_eq!(site.get("li", "/devices").await.1["check"]["answered"], 1);
        site.pass_to(2 * MINUTE).await;
        let (_, seen) = site.get("li", "/devices").await;
        let check = &seen["check"];
        assert_eq!((&check["radio"], &check["silent"]), (&json!("failed"), &json!(["乙"])));
        let named = "对讲:1/2 未回应：乙";
        assert!(site.page("li", "/devices").await.contains(named));
        let day = site.page("sun", "/shifts").await;
        assert!(day.contains("电话:失败") && day.contains(named), "{day}");
        did(&mut site, "sun", "/me", json!({ "language": "en", "volume": 50 })).await;
        let english = site.page("sun", "/devices").await;
        assert!(english.contains("Telephone: failed"), "{english}");
        assert!(english.contains("Radio: 1/2, silent: 乙"), "{english}");
        assert!(site.waiting("yi").await.is_empty(), "nobody is asked any more");
        let late = format!("/devices/checks/2/radios/{}", site.id("yi"));
        assert_eq!(site.post("li", &late, json!({})).await.0, StatusCode::CONFLICT);
        let radio = json!({ "device": "radio" });
        let seen = did(&mut site, "li", "/devices/checks/2/faults", radio).await;
        let no = seen["check"]["radio_fault"].as_str().unwrap().to_owned();
        let (_, fault) = site.get("li", &format!("/faults/{no}")).await;
        assert!(fault.to_string().contains("对讲机无回应：乙"), "{fault}");
        let lines = site.journal("shift").await;
        let of_second: Vec<&str> =
            lines.iter().filter_map(|line| line.strip_prefix("devices/2 ")).collect();
        assert_eq!(of_second, ["opened", "fault", "tried", "settled", "fault"]);

        // checked again, the second is heard by voice
        did(&mut site, "li", "/devices/checks", json!({})).await;
        answers(&mut site, "jia").await;
        let voice = format!("/devices/checks/3/radios/{}", site.id("yi"));
        let seen = did(&mut site, "li", &voice, json!({})).await;
        assert_eq!(
            (&seen["check"]["radio"], &seen["check"]["answered"]),
            (&json!("ok"), &json!(2))
        );
        site.pass_to(3 * MINUTE).await;
        let (_, all) = site.get("sun", "/devices").await;
        let first = &all["checks"][0];
        assert_eq!((&first["name"], &first["radio"]), (&json!("李红"), &json!("ok")), "{all}");
        assert_eq!(all["checks"].as_array().unwrap().len(), 3);
        site.close().await;
    }
}
