//! Compression for replies that are worth it, in the way the client prefers.

use std::io::Write;

use actix_web::HttpRequest;

/// Smaller replies fit into one packet as they are.
const WORTH_IT: usize = 1_024;

/// Larger ones would keep the thread that serves everybody busy for too long.
const TOO_LARGE: usize = 512 * 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// In our order of preference: fast and small first, and what is smallest for what is kept.
    const fn by_preference(effort: Effort) -> [Self; 3] {
        match effort {
            Effort::Quick => [Self::Zstd, Self::Brotli, Self::Gzip],
            Effort::Thorough => [Self::Brotli, Self::Zstd, Self::Gzip],
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn compress(self, body: &[u8], effort: Effort) -> std::io::Result<Vec<u8>> {
        let is_quick = effort == Effort::Quick;
        match self {
            Self::Zstd => zstd::bulk::compress(body, if is_quick { 3 } else { 19 }),
            Self::Brotli => {
                let quality = if is_quick { 4 } else { 11 };
                let mut packed = brotli::CompressorWriter::new(Vec::new(), 4_096, quality, 20);
                packed.write_all(body)?;
                packed.flush()?;
                Ok(packed.into_inner())
            }
            Self::Gzip => {
                let level = if is_quick { flate2::Compression::fast() } else { flate2::Compression::best() };
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), level);
                packed.write_all(body)?;
                packed.finish()
            }
        }
    }
}

/// What compressing may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// For what goes out once.
    Quick,
    /// For what is kept and goes out often.
    Thorough,
}

/// The coding that this body goes out in, when the client takes one and it is worth it.
pub(super) fn choose(request: &HttpRequest, body: &[u8], effort: Effort) -> Option<Coding> {
    if body.len() < WORTH_IT || body.len() > TOO_LARGE {
        return None;
    }
    let accepts =
        request.headers().get("accept-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
    preferred(accepts, effort)
}

/// The body in this coding, when that made it smaller.
pub(super) fn pack(coding: Coding, body: &[u8], effort: Effort) -> Option<Vec<u8>> {
    let mut packed = coding.compress(body, effort).ok().filter(|packed| packed.len() < body.len())?;
    // It had room for what is not packed, and may wait long for its reader.
    packed.shrink_to_fit();
    Some(packed)
}

/// The body, compressed when the client takes it and it is worth it, and the coding's name.
pub(super) fn encode(request: &HttpRequest, body: Vec<u8>) -> (Vec<u8>, Option<&'static str>) {
    let Some(coding) = choose(request, &body, Effort::Quick) else { return (body, None) };
    match pack(coding, &body, Effort::Quick) {
        Some(packed) => (packed, Some(coding.name())),
        None => (body, None),
    }
}

pub(super) fn preferred(accepts: &str, effort: Effort) -> Option<Coding> {
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
    for coding in Coding::by_preference(effort) {
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
        let quick = |accepts| preferred(accepts, Effort::Quick);
        assert_eq!(quick("gzip, deflate, br, zstd"), Some(Coding::Zstd));
        assert_eq!(quick("gzip;q=1.0, br;q=0.5"), Some(Coding::Gzip));
        assert_eq!(quick("br;q=0"), None);
        assert_eq!(quick("identity"), None);
        assert_eq!(quick(""), None);
        assert_eq!(quick("*"), Some(Coding::Zstd));
        assert_eq!(quick("*;q=0, gzip"), Some(Coding::Gzip));
        assert_eq!(quick("gzip;q=nonsense"), None);
        assert_eq!(preferred("gzip, deflate, br, zstd", Effort::Thorough), Some(Coding::Brotli));
    }

    #[test]
    fn every_coding_can_be_undone() {
        use std::io::Read;
        let body = b"the same words again and again ".repeat(100);
        for effort in [Effort::Quick, Effort::Thorough] {
            let mut plain = Vec::new();
            let packed = Coding::Gzip.compress(&body, effort).expect("gzip");
            flate2::read::GzDecoder::new(&*packed).read_to_end(&mut plain).expect("gunzip");
            assert_eq!(plain, body);
            let packed = Coding::Brotli.compress(&body, effort).expect("brotli");
            let mut plain = Vec::new();
            brotli::Decompressor::new(&*packed, 4_096).read_to_end(&mut plain).expect("unbrotli");
            assert_eq!(plain, body);
            let packed = Coding::Zstd.compress(&body, effort).expect("zstd");
            assert_eq!(zstd::decode_all(&*packed).expect("unzstd"), body);
        }
    }
}
