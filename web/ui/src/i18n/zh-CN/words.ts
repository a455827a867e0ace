/** Words that every page uses; status words exactly as the house writes them. */
export default {
  brand: '明厨',
  status: {
    normal: '正常', to_review: '待核实', to_rectify: '待整改', overdue: '超期', to_recheck: '待复核', closed: '已销号',
    dismissed: '已驳回', offline: '离线', cannot_judge: '无法判断', connecting: '连接中', disabled: '停用',
    acknowledged: '已签收', appealed: '申辩中', withdrawn: '已撤回', confirmed: '已核实', not_judged: '未判定',
  },
  rule: { no_hat: '未戴工作帽', no_mask: '未规范佩戴口罩' },
  severity: { a: '立即处置', b: '限期整改', c: '提示' },
  zone: {
    storage: '食品库房', cooking: '烹饪间', serving: '备餐间', special: '专间', sample: '留样间', washing: '清洗消毒间',
    rough: '粗加工间', waste: '废弃物暂存处', counter: '售饭窗口',
  },
  heading: { environment: '环境卫生', ingredients: '原料使用', operation: '操作过程' },
  cause: {
    network_lost: '网络中断', camera_offline: '摄像头离线', wrong_password: '账号或密码错误', no_video: '没有可用视频',
    bad_stream: '码流异常', gateway_down: '网关停机', disk_full: '磁盘已满', overload: '网关过载', clock_jump: '时钟跳变',
    retention: '到期删除', order: '按指令删除',
  },
  time: { yesterday: '昨天', asOf: '数据截至 {at}', days: '{n} 天', hours: '{n} 小时', minutes: '{n} 分钟', left: '剩余 {span}', over: '已超期 {span}' },
  player: {
    connecting: '正在连接', late: '延迟', offline: '离线', offlineSince: '{at} 起离线', broken: '连接中断，{n} 秒后重试',
    paused: '页面在后台，已暂停', delay: 'WS · {s} 秒', fullScreen: '全屏', open: '打开 {name} 的实时画面',
    refused: {
      not_playable: '此码流为 H.265，浏览器无法播放；请为摄像头设置 H.264 子码流', too_many_viewers: '观看人数过多，请一分钟后再试',
      not_pulled: '该码流未接入；请确认摄像头已启用', no_gateway: '本服务器未运行网关，没有实时画面', not_public: '该画面现在不对外公开', no_public_derivative: '该画面现在不对外公开', camera_disabled: '摄像头已停用', stream_ended: '画面已结束，正在重新连接',
      no_media_source: '此浏览器不支持实时播放；请更新浏览器', other: '画面不可用：{message}',
    },
  },
  error: {
    unreachable: '连不上服务器。请检查网络；已有内容不会丢失，恢复后自动更新。', http_403: '没有权限进行此操作。', http_404: '没有找到；可能已被删除，或不在您的管辖范围。',
    http_409: '状态已被他人改变，请刷新后再试。', http_413: '文件过大，请换一张较小的照片。', http_429: '操作过于频繁，请稍后再试。',
    http_5xx: '服务器出错，没有保存。请稍后再试；若反复出现，请联系系统管理员。', other: '操作未完成（{code}）。请重试。', retry: '重试',
  },
  action: { back: '返回', cancel: '取消', close: '关闭', save: '保存', copy: '复制', copied: '已复制', more: '加载更多', refresh: '刷新' },
  demo: { banner: '演示系统：画面为合成演示，不是真实厨房。' },
};
