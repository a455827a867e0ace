//! Who may look.

use crate::{
    clip::Clips,
    reader::{How, Reader},
};
use mingchu_domain::media::StreamKind::Main;
use mingchu_gateway::sim::{self, Account, Config, SignIn};

fn account() -> Account {
    Account { username: "viewer".into(), password: "s3cret".into() }
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_gets_401() {
    let clips = Clips::make();
    for sign_in in [SignIn::Basic(account()), SignIn::Digest(account())] {
        let sim = sim::start(Config { sign_in, ..clips.config() }).await.unwrap();
        let url = sim.url(1, Main);
        let right = How { account: Some(("viewer", "s3cret")), ..How::default() };
        Reader::open_as(&url, right).await.unwrap().read(3).await;
        for account in [Some(("viewer", "wrong")), Some(("other", "s3cret")), None] {
            let refused = Reader::open_as(&url, How { account, ..How::default() }).await.err().unwrap();
            let refused = refused.to_string();
            assert!(refused.contains("401") || refused.contains("uthentication"), "{refused}");
        }
        sim.stop().await;
    }
}
