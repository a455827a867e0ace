//! What the store knows of a camera's place, as its chain wants it.

use crate::{
    chain::KnownBin,
    cv,
    judge::{Palette, Site},
};
use mingchu_domain::{publication::ServiceWindow, rule::RulePack};
use mingchu_store::{Bin, JudgedCamera, Store};

/// Returns when the camera's kitchen works: as its canteen says, else as the rules say.
pub(crate) fn service_of(camera: &JudgedCamera, pack: &RulePack) -> Vec<ServiceWindow> {
    if camera.service.is_empty() { vec![pack.service_hours.window()] } else { camera.service.clone() }
}

/// Returns the place of a camera under the rules of `pack`. A picture of a bin that cannot be read is left out.
pub(super) async fn site_of(store: &Store, camera: &JudgedCamera, pack: &RulePack) -> (Site, Vec<KnownBin>) {
    let off = camera.zones.iter().flat_map(|zone| zone.rules_off.iter().map(|&code| (zone.id, code)));
    let site = Site {
        service: service_of(camera, pack),
        clothes: Palette::of(&camera.clothes),
        mutes: camera.mutes.iter().map(|mute| (mute.code, mute.until)).collect(),
        off: off.collect(),
    };
    let mut bins = Vec::new();
    for bin in &camera.bins {
        bins.push(known(store, bin).await);
    }
    (site, bins)
}

async fn known(store: &Store, bin: &Bin) -> KnownBin {
    let mut references = Vec::new();
    for reference in &bin.references {
        let jpeg = match store.objects().get(&reference.object_key).await {
            Ok(jpeg) => jpeg,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(bin.id = %bin.id, error, "a picture of a bin is missing");
                continue;
            }
        };
        let at = reference.taken_at;
        let read = tokio::task::spawn_blocking(move || cv::read_jpeg(&jpeg, at)).await;
        if let Ok(Ok(Some(picture))) = read {
            references.push((reference.lid, picture));
        }
    }
    KnownBin { id: bin.id, outline: bin.outline.clone(), references }
}
