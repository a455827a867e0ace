/** The notice as a document, and what can be done with it. */
export default {
  title: '整改告知书', promptTitle: '预警提示', letterhead: '食品安全监督管理', number: '编号 {no}', noNumber: '未经人工核实，不具编号', to: '致：{canteen}',
  facts: '事实', factsText: '{at}，{camera}（{zone}）的监控画面显示：{what}。', numbers: '{window} 秒内 {votes} 次判定违规（共 {of} 次），置信 {confidence}。', pictures: '画面', pictureAt: '{at} 判定画面', basis: '依据', demand: '要求', deadline: '期限', deadlineAt: '请于 {at} 前完成整改并上传照片。', deadlineNone: '经监管人员核实后生成正式告知书，并从那时起计算期限。您现在就可以整改。',
  object: '异议', objectText: '如对上述事实有异议，可在期限内提交申辩并说明理由；申辩期间由监管人员复核。', signed: '签发：监管部门（经人工核实）', promptSigned: '由系统自动发现，尚未经人工核实', evidence: '证据片段 SHA-256 {hash}', synthetic: '演示：画面为合成，不是真实厨房。',
  answers: '食堂答复', rectification: '整改说明', appeal: '申辩', history: '办理记录', none: '食堂尚未答复', photo: '{at} 的整改照片', print: '打印', noReply: '没有说明文字',
  act: { close: '销号', reject: '退回', closeHelp: '销号：确认整改有效并办结，说明可不填。', rejectHelp: '退回：请写明还缺什么；食堂会收到新的期限。', rejectAppealHelp: '请写明不予采纳的理由。', reason: '说明', reasonNeeded: '请写明原因', notFormal: '违规经核实后才能销号。', goReview: '去核实', withdraw: '如申辩成立，请在核实中驳回该违规。', extend: '延期 24 小时' },
  action: { sent: '送达', issued: '生成', issue: '送达', acknowledge: '签收', rectify: '提交整改', appeal: '提交申辩', close: '销号', reject: '退回', withdraw: '撤回', extend: '延期', confirm: '人工核实', formal: '转为正式告知书', dismiss: '驳回', undo: '撤销核实', acknowledged: '签收', rectified: '提交整改', appealed: '提交申辩', closed: '销号', rejected: '退回', withdrawn: '撤回', extended: '延期', confirmed: '人工核实' },
  system: '系统',
};
