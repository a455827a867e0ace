//! Who may do what, and how far it reaches.

use crate::{
    id::{AreaId, CanteenId},
    place::words,
};

words! {
    /// The four kinds of user.
    Role {
        /// Market supervision or education office, over an area.
        Regulator = "regulator", "监管人员", "Regulator";
        /// Canteen manager or food safety officer of one canteen.
        Manager = "manager", "食堂管理员", "Canteen manager";
        /// Parent; sees what the public gate lets through.
        Parent = "parent", "家长", "Parent";
        /// Runs the gateway: cameras, people, settings; gives no verdicts.
        Admin = "admin", "系统管理员", "Administrator";
    }
}

words! {
    /// What a route needs. A role has a fixed set, see [`Role::may`].
    Permission {
        /// Canteens, cameras and their state.
        ViewPlaces = "view_places", "查看单位", "View canteens";
        /// Camera pictures as they are, live.
        ViewLive = "view_live", "查看实时视频", "View live pictures";
        /// Archived footage, for a reason that goes into the access ledger.
        ViewFootage = "view_footage", "调阅录像", "View archived footage";
        /// Violations with their evidence.
        ViewViolations = "view_violations", "查看违规", "View violations";
        /// Verdicts on violations, closing of notices.
        Review = "review", "核实", "Review";
        /// Notices of one's scope.
        ViewNotices = "view_notices", "查看告知书", "View notices";
        /// Answers to notices.
        AnswerNotices = "answer_notices", "整改与申辩", "Answer notices";
        /// Cameras, people, settings.
        Configure = "configure", "系统配置", "Configure";
        /// Rules, zones, mutes.
        EditRules = "edit_rules", "规则与区域", "Rules and zones";
        /// Approving that a camera is shown to the public, and the canteen's service hours.
        Publish = "publish", "公开审批", "Approve for the public";
        /// What the canteen has done before anything is public: it answers for that itself.
        EnterFacts = "enter_facts", "登记公开前须办事项", "Enter what must precede public pictures";
        /// The audit trail.
        ViewAudit = "view_audit", "查看审计", "View the audit trail";
        /// Disks, periods, holds and deletion receipts.
        ViewStorage = "view_storage", "查看存储", "View storage";
        /// Placing and releasing legal holds.
        HoldFootage = "hold_footage", "保全录像", "Hold footage";
        /// Ordering footage to be deleted before its time; held footage needs another's release first.
        DeleteFootage = "delete_footage", "按指令删除录像", "Order deletion of footage";
    }
}

impl Role {
    /// Whether the role has the permission.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Regulator => {
                !matches!(permission, P::AnswerNotices | P::Configure | P::DeleteFootage | P::EnterFacts)
            }
            Self::Manager => {
                matches!(
                    permission,
                    P::ViewPlaces
                        | P::ViewLive
                        | P::ViewFootage
                        | P::ViewViolations
                        | P::ViewNotices
                        | P::AnswerNotices
                        | P::Publish
                        | P::EnterFacts
                )
            }
            Self::Parent => false,
            Self::Admin => matches!(
                permission,
                P::ViewPlaces
                    | P::ViewLive
                    | P::Configure
                    | P::EditRules
                    | P::ViewAudit
                    | P::ViewStorage
                    | P::DeleteFootage
            ),
        }
    }
}

/// How far a person's rights reach; `store` puts it into every query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything of this installation.
    All,
    /// An area and all below it.
    Area(AreaId),
    /// One canteen.
    Canteen(CanteenId),
    /// Nothing but what is public.
    Public,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regulators_give_verdicts_and_only_managers_answer() {
        for &role in Role::ALL {
            assert_eq!(role.may(Permission::Review), role == Role::Regulator);
            assert_eq!(role.may(Permission::AnswerNotices), role == Role::Manager);
            assert_eq!(role.may(Permission::EnterFacts), role == Role::Manager);
        }
    }

    #[test]
    fn who_may_release_a_hold_may_not_order_the_deletion() {
        for &role in Role::ALL {
            assert!(!(role.may(Permission::HoldFootage) && role.may(Permission::DeleteFootage)), "{role:?}");
        }
    }

    #[test]
    fn whoever_runs_the_gateway_has_no_business_with_the_archive() {
        let with_footage: Vec<_> = Role::ALL.iter().filter(|role| role.may(Permission::ViewFootage)).collect();
        assert_eq!(with_footage, [&Role::Regulator, &Role::Manager]);
    }

    #[test]
    fn school_and_authority_approve_and_whoever_runs_the_gateway_does_not() {
        let with: Vec<_> = Role::ALL.iter().filter(|role| role.may(Permission::Publish)).collect();
        assert_eq!(with, [&Role::Regulator, &Role::Manager]);
    }

    #[test]
    fn a_parent_has_no_right_but_the_public_gate() {
        assert!(Permission::ALL.iter().all(|&permission| !Role::Parent.may(permission)));
    }
}
