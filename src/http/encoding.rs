//! Compression for replies that are worth it, in the way the client prefers.

use std::io::Write;

use actix_web::HttpRequest;

/// Smaller replies fit into one packet as they are.
const WORTH_IT: usize = 1_024;

/// Larger ones would keep the thread that serves everybody busy for too long.
const TOO_LARGE: usize = 512 * 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// In our order of preference: fast and small first.
    const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn compress(self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Zstd => zstd::bulk::compress(body, 3),
            Self::Brotli => {
                let mut packed = brotli::CompressorWriter::new(Vec::new(), 4_096, 4, 20);
                packed.write_all(body)?;
                packed.flush()?;
                Ok(packed.into_inner())
            }
            Self::Gzip => {
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(body)?;
                packed.finish()
            }
        }
    }
}

/// The body, compressed when the client takes it and it is worth it, and the coding's name.
pub(super) fn encode(request: &HttpRequest, body: Vec<u8>) -> (Vec<u8>, Option<&'static str>) {
    if body.len() < WORTH_IT || body.len() > TOO_LARGE {
        return (body, None);
    }
    let accepts =
        request.headers().get("accept-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(coding) = preferred(accepts) else { return (body, None) };
    match coding.compress(&body) {
        Ok(packed) if packed.len() < body.len() => (packed, Some(coding.name())),
        _ => (body, None),
    }
}

fn preferred(accepts: &str) -> Option<Coding> {
    let weight_of = |wanted: &str| {
        accepts.split(',').find_map(|item| {
            let mut parts = item.split(';');
            let name = parts.next()?.trim();
            let quality =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
            name.eq_ignore_ascii_case(wanted).then_some(quality?)
        })
    };
    // The star speaks for those that are not named.
    let weight = |coding: Coding| weight_of(coding.name()).or_else(|| weight_of("*")).unwrap_or(0.0);
    let mut best: Option<(Coding, f32)> = None;
    for coding in Coding::ALL {
        let quality = weight(coding);
        if quality > 0.0 && best.is_none_or(|(_, most)| quality > most) {
            best = Some((coding, quality));
        }
    }
    best.map(|(coding, _)| coding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_decides_and_we_break_ties() {
        assert_eq!(preferred("gzip, deflate, br, zstd"), Some(Coding::Zstd));
        assert_eq!(preferred("gzip;q=1.0, br;q=0.5"), Some(Coding::Gzip));
        assert_eq!(preferred("br;q=0"), None);
        assert_eq!(preferred("identity"), None);
        assert_eq!(preferred(""), None);
        assert_eq!(preferred("*"), Some(Coding::Zstd));
        assert_eq!(preferred("*;q=0, gzip"), Some(Coding::Gzip));
        assert_eq!(preferred("gzip;q=nonsense"), None);
    }

    #[test]
    fn every_coding_can_be_undone() {
        use std::io::Read;
        let body = b"the same words again and again ".repeat(100);
        let mut plain = Vec::new();
        let packed = Coding::Gzip.compress(&body).expect("gzip");
        flate2::read::GzDecoder::new(&*packed).read_to_end(&mut plain).expect("gunzip");
        assert_eq!(plain, body);
        let packed = Coding::Brotli.compress(&body).expect("brotli");
        let mut plain = Vec::new();
        brotli::Decompressor::new(&*packed, 4_096).read_to_end(&mut plain).expect("unbrotli");
        assert_eq!(plain, body);
        let packed = Coding::Zstd.compress(&body).expect("zstd");
        assert_eq!(zstd::decode_all(&*packed).expect("unzstd"), body);
    }
}
