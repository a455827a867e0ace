//! The words of `domain` as OpenAPI enums, so that the browser part knows every value.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

macro_rules! words {
    ($($name:ident: $domain:ty;)*) => {$(
        #[doc = concat!("Words of [`", stringify!($domain), "`].")]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = <$domain>::ALL.iter().map(|word| word.as_str());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }
        impl ToSchema for $name {}
    )*};
}

words! {
    Role: mingchu_domain::role::Role;
    Permission: mingchu_domain::role::Permission;
    Side: mingchu_domain::publication::Side;
    FactKind: mingchu_domain::publication::FactKind;
    ConsentBasis: mingchu_domain::publication::ConsentBasis;
    ZoneKind: mingchu_domain::place::ZoneKind;
    CameraState: mingchu_domain::camera::CameraState;
    ExportState: mingchu_domain::footage::ExportState;
    ViewPurpose: mingchu_domain::footage::ViewPurpose;
    ViewReason: mingchu_domain::footage::ViewReason;
    GapCause: mingchu_domain::camera::GapCause;
    RuleCode: mingchu_domain::rule::RuleCode;
    Severity: mingchu_domain::rule::Severity;
    Duty: mingchu_domain::rule::Duty;
    Standing: mingchu_domain::rule::Standing;
    RuleHours: mingchu_domain::rule::RuleHours;
    WhyNot: mingchu_domain::rule::WhyNot;
    Lid: mingchu_domain::rule::Lid;
    Observation: mingchu_domain::violation::Observation;
    ViolationState: mingchu_domain::violation::ViolationState;
    DismissReason: mingchu_domain::violation::DismissReason;
    EvidenceState: mingchu_domain::violation::EvidenceState;
    NoticeState: mingchu_domain::notice::NoticeState;
    FootageClass: mingchu_domain::retention::FootageClass;
    DeletionCause: mingchu_domain::retention::DeletionCause;
    StorageStep: mingchu_domain::retention::StorageStep;
    VolumeState: mingchu_store::VolumeState;
}

/// Which of a camera's streams, or a codec, or a heading: enums of `domain` without a word list.
macro_rules! plain_words {
    ($($name:ident = $first:literal $(, $more:literal)*;)*) => {$(
        #[doc = concat!("One of `", $first, "`", $(", `", $more, "`",)* ".")]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some([$first $(, $more)*])).into()
            }
        }
        impl ToSchema for $name {}
    )*};
}

plain_words! {
    Codec = "h264", "h265";
    StreamKind = "main", "sub";
    PublicHeading = "environment", "ingredients", "operation";
    Verdict = "confirm", "dismiss";
}

/// Why a time has no footage: a gap's cause, or what the timeline itself says.
pub struct TimelineCause;

impl PartialSchema for TimelineCause {
    fn schema() -> RefOr<Schema> {
        let causes = mingchu_domain::camera::GapCause::ALL.iter().map(|cause| cause.as_str());
        let words = causes.chain(mingchu_domain::timeline::WhyNone::MORE);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.collect::<Vec<_>>())).into()
    }
}
impl ToSchema for TimelineCause {}
