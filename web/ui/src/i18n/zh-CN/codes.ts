/** What the server's error codes mean, with the remedy. */
export default {
  not_signed_in: '登录已结束，请重新登录。', forbidden: '没有权限进行此操作。', cross_site: '请求来自其他网站，已拒绝。请从本系统页面操作。', not_found: '没有找到；可能已被删除，或不在您的管辖范围。',
  wrong_credentials: '账号或密码不正确。', wrong_password: '账号或密码不正确，请核对。', password_too_short: '密码至少 10 个字符。', account_locked: '多次输错密码，账号锁定 15 分钟。', too_many_attempts: '尝试次数过多，请稍后再试。', too_many_requests: '操作过于频繁，请稍后再试。',
  invalid_body: '提交的内容不完整，没有保存。', invalid_form: '提交的内容不完整，没有保存。', bad_camera_address: '地址不是有效的 rtsp:// 地址。', bad_name: '名称不能为空，也不能过长。', bad_text: '文字不能为空，也不能过长。',
  photo_missing: '请附上照片。', photo_unreadable: '这个文件不是可以读取的照片，请换一张。', photo_too_large: '照片过大，请换一张较小的。', photo_too_many_pixels: '照片尺寸过大，请换一张较小的。',
  already_reviewed: '已有人核实过这条违规，请刷新。', not_reviewed: '这条违规还没有核实，无法撤销。', undo_too_late: '已超过可撤销的时间，或食堂已经答复。', does_not_fit_state: '状态已改变，不能再这样操作。请刷新。', not_confirmed_yet: '违规经人工核实后才能销号。',
  no_deadline: '预警提示没有期限，无需延期。', deadline_past: '新的期限必须晚于现在。', zone_never_public: '该区域按规定不得公开。', no_public_derivative: '本系统尚未启用画面隐私处理，不能公开画面。',
  network_lost: '连不上该地址：请核对主机和端口，并确认网络可达。', camera_offline: '摄像头没有送出画面：请确认其已开机且码流已启用。', no_video: '该地址没有可用的视频码流，请核对路径。', bad_stream: '摄像头送出的码流异常，请检查其编码设置（H.264 或 H.265）。',
};
