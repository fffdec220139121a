//! A file that somebody sends: from a browser's form (multipart, field `file`), or as the body itself.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::stream;

use super::Problem;

/// The name a browser gave a file, not yet cleaned, and its bytes; `None` where the form has no file. Another kind of
/// body than a form with parts, a table or plain bytes is refused with 415.
pub async fn file(headers: &HeaderMap, body: Bytes) -> Result<Option<(String, Bytes)>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default();
    let Ok(boundary) = multer::parse_boundary(kind) else {
        let plain = kind.starts_with("text/csv") || kind.starts_with("application/octet-stream");
        let media = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return if plain { Ok(Some((String::new(), body))) } else { Err(Problem::status(media)) };
    };
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = multer::Multipart::new(body, boundary);
    while let Ok(Some(part)) = parts.next_field().await {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|_| Problem::syntax())?;
            return Ok(Some((name, bytes)));
        }
    }
    Ok(None)
}
