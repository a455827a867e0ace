//! What is judged, how gravely, how it binds, and why a picture could not be judged.

use crate::place::words;

words! {
    /// What is judged.
    RuleCode {
        /// 未戴工作帽.
        NoHat = "no_hat", "未戴工作帽", "No work hat";
        /// 未戴或未规范佩戴口罩.
        NoMask = "no_mask", "未规范佩戴口罩", "No mask or worn wrongly";
        /// 未穿工作服.
        NoUniform = "no_uniform", "未穿工作服", "No work clothes";
        /// 垃圾桶未加盖.
        BinOpen = "bin_open", "垃圾桶未加盖", "Waste bin uncovered";
        /// 垃圾桶满溢.
        BinFull = "bin_full", "垃圾桶满溢", "Waste bin overfull";
        /// 非工作时段有人.
        OffHours = "off_hours", "非工作时段有人", "Person outside service hours";
        /// 使用手机.
        Phone = "phone", "操作时使用手机", "Phone in use";
        /// 吸烟.
        Smoking = "smoking", "吸烟", "Smoking";
        /// 夜间动物, 疑似鼠患.
        Animal = "animal", "夜间动物出没", "Animal at night";
        /// 视频离线.
        CamOffline = "cam_offline", "摄像头离线", "Camera offline";
        /// 黑屏.
        CamBlack = "cam_black", "摄像头黑屏", "Camera picture black";
        /// 遮挡.
        CamCovered = "cam_covered", "摄像头被遮挡", "Camera covered";
        /// 移位.
        CamMoved = "cam_moved", "摄像头移位", "Camera moved";
        /// 模糊.
        CamBlur = "cam_blur", "摄像头画面模糊", "Camera out of focus";
        /// 静止画面.
        CamFrozen = "cam_frozen", "摄像头画面静止", "Camera picture frozen";
        /// 时钟偏差.
        ClockDrift = "clock_drift", "摄像头时钟偏差", "Camera clock drift";
    }
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A person, followed over time.
    Person,
    /// A waste bin in its own outline.
    Bin,
    /// An animal.
    Animal,
    /// The camera itself.
    Camera,
}

impl RuleCode {
    /// Returns what the rule looks at.
    #[must_use]
    pub const fn subject(self) -> Subject {
        match self {
            Self::NoHat | Self::NoMask | Self::NoUniform | Self::OffHours | Self::Phone | Self::Smoking => {
                Subject::Person
            }
            Self::BinOpen | Self::BinFull => Subject::Bin,
            Self::Animal => Subject::Animal,
            _ => Subject::Camera,
        }
    }

    /// Returns the rules about persons, in order.
    pub fn of_persons() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|code| code.subject() == Subject::Person)
    }
}

words! {
    /// How grave a violation is.
    Severity {
        /// Stop at once.
        A = "a", "立即处置", "Immediate";
        /// Put right within the deadline.
        B = "b", "限期整改", "Rectify";
        /// Advice.
        C = "c", "提示", "Advisory";
    }
}

words! {
    /// Whether a rule binds in a zone.
    Duty {
        /// 应: opens violations.
        Must = "must", "强制", "Mandatory";
        /// 宜: judged and counted, opens none.
        Advisory = "advisory", "建议", "Advisory";
        /// Not judged.
        Off = "off", "不适用", "Off";
    }
}

words! {
    /// How far a rule is trusted.
    Standing {
        /// In use.
        Active = "active", "启用", "In use";
        /// In use, and says with every finding that its figures are not good enough yet.
        Experimental = "experimental", "试验", "Experimental";
        /// Not judged anywhere; the pack says why.
        Off = "off", "停用", "Off";
    }
}

words! {
    /// Why a picture says neither violating nor compliant.
    WhyNot {
        /// No model answers this question.
        NoModel = "no_model", "没有可用的模型", "no model for it";
        /// The head has too few pixels.
        TooSmall = "too_small", "人头过小", "head too small";
        /// The picture cuts the head off.
        CutOff = "cut_off", "头部在画面外", "head outside the picture";
        /// Two heads, or head and thing, cover each other.
        Overlap = "overlap", "相互遮挡", "hidden by another";
        /// The face is not seen: turned away or bent.
        FaceHidden = "face_hidden", "未见面部", "face not seen";
        /// The models are between both states.
        Unsure = "unsure", "模型不确定", "models unsure";
        /// Lens covered, steamed up, black or out of focus.
        LensObscured = "lens_obscured", "镜头被遮挡或起雾", "lens covered or steamed up";
        /// Nobody has shown the analyzer what it looks like here: work clothes, or the bin's lid.
        NoReference = "no_reference", "缺少参照样本", "no reference shown";
        /// Infrared picture without colours.
        NoColour = "no_colour", "夜视画面无色彩", "infrared picture without colours";
    }
}

words! {
    /// How a waste bin's lid lies.
    Lid {
        /// On the bin.
        Closed = "closed", "已加盖", "Closed";
        /// Off or ajar.
        Open = "open", "未加盖", "Open";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_camera_rule_is_about_the_camera() {
        let of_cameras: Vec<&str> =
            RuleCode::ALL.iter().filter(|code| code.subject() == Subject::Camera).map(|code| code.as_str()).collect();
        assert_eq!(
            of_cameras,
            ["cam_offline", "cam_black", "cam_covered", "cam_moved", "cam_blur", "cam_frozen", "clock_drift"]
        );
    }
}
