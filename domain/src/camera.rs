//! What a camera is doing, and why footage is missing.

use crate::place::words;

words! {
    /// The state of a stream's session.
    CameraState {
        /// No picture yet.
        Connecting = "connecting", "连接中", "Connecting";
        /// Pictures arrive.
        Live = "live", "正常", "Live";
        /// Lost or refused; retried with growing pauses.
        Failing = "failing", "离线", "Offline";
        /// Switched off by a person.
        Disabled = "disabled", "停用", "Disabled";
    }
}

words! {
    /// Why a camera has no picture, and the cause of the gap that follows.
    GapCause {
        /// Nobody answers at the address, or the connection broke.
        NetworkLost = "network_lost", "网络中断", "Network lost";
        /// The camera closed the session or sends nothing.
        CameraOffline = "camera_offline", "摄像头离线", "Camera offline";
        /// The camera refuses the name or password.
        WrongPassword = "wrong_password", "账号或密码错误", "Wrong password";
        /// The stream has no video we can keep.
        NoVideo = "no_video", "没有可用视频", "No usable video";
        /// The camera sends what is no valid stream.
        BadStream = "bad_stream", "码流异常", "Broken stream";
        /// The gateway was not running.
        GatewayDown = "gateway_down", "网关停机", "Gateway down";
        /// The disk was full or refused writes.
        DiskFull = "disk_full", "磁盘已满", "Disk full";
        /// The gateway could not keep up.
        Overload = "overload", "网关过载", "Overload";
        /// The gateway's clock was set.
        ClockJump = "clock_jump", "时钟跳变", "Clock jump";
        /// A person switched the camera off, removed it or gave it another address.
        SwitchedOff = "switched_off", "已停用", "Switched off";
        /// The retention period ended.
        DeletedByRetention = "deleted_by_retention", "到期删除", "Deleted by retention";
        /// A person ordered it.
        DeletedByOrder = "deleted_by_order", "按指令删除", "Deleted by order";
        /// The index names a file that is not there.
        FileMissing = "file_missing", "文件缺失", "File missing";
        /// The file is not the one that was recorded.
        FileDamaged = "file_damaged", "文件损坏", "File damaged";
    }
}
