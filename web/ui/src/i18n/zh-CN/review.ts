/** The review queue and the evidence of a violation. */
export default {
  title: '核实', queue: '待核实队列', tabs: { to_review: '待核实', confirmed: '已核实', dismissed: '已驳回' },
  empty: { to_review: '没有待核实的违规', confirmed: '还没有已核实的违规', dismissed: '还没有已驳回的违规' },
  emptyHelp: '系统发现的违规会自动出现在这里。', emptyNotJudged: '系统现在没有在判定，因此这里不会出现新的违规：{reason}', choose: '请选择左侧的一条违规',
  confirm: '核实', dismiss: '驳回', undo: '撤销', confirmed: '已核实：{what}', dismissed: '已驳回：{what}', undone: '已撤销，回到待核实',
  count: '共 {n} 条', countMore: '共 {n} 条以上', next: '下一条', previous: '上一条', shortcuts: 'J/K 切换 · Enter 核实 · X 驳回 · U 撤销 · 空格播放 · 1–3 判定帧 · Z 放大头部',
  reason: { title: '驳回原因', help: '驳回后告知书撤回；10 秒内可撤销。', not_a_violation: '未违规，识别有误', cannot_tell: '画面无法判断', not_staff: '非从业人员', rule_does_not_apply: '该处不适用此规则', duplicate: '重复', minor: '轻微且已改正' },
  picture: { frame: '判定帧 {n}', alt: '{where}，{at} 的判定画面', subject: '人员', head: '头部', zoom: '放大头部', whole: '看全图', clip: '证据片段', pictures: '判定帧', missing: '图片无法读取' },
  clip: { pending: '证据片段生成中，稍候自动出现', missing: '没有证据片段：{reason}', missingPlain: '没有证据片段，原因未记录', length: '{s} 秒 · {size}', hash: 'SHA-256 {hash}' },
  why: {
    title: '判定依据', numbers: '{window} 秒内 {votes} 次判定违规（共 {of} 次），置信 {confidence}', head: '头部 {px} 像素', when: '发生时间', until: '{from} – {to}', merged: '其后又见 {n} 次，已合并', rule: '规则条款', verified: '已核验', unverified: '未核验',
    model: '模型与规则', clock: '摄像头时钟', clockSame: '与网关一致', clockOff: '偏差 {s} 秒', clockUnknown: '未测得', history: '该单位近 30 天同类', historyCount: '{n} 次', by: '核实人', notice: '告知书', openNotice: '查看',
  },
};
