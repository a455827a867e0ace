/** The phone pages of a canteen manager. */
export default {
  tabs: { inbox: '待办', cameras: '摄像头' }, inbox: { title: '待办', open: '待处理', waiting: '等待复核', done: '已办结', empty: '没有待处理的事', emptyHelp: '系统发现问题会立即通知您。', emptyWaiting: '没有等待复核的事', emptyDone: '还没有办结的事', sentence: '{zone}：{what}', at: '{camera} · {at}' },
  act: { rectify: '整改', appeal: '申辩', acknowledge: '签收' },
  rectify: { title: '提交整改', photo: '拍照或选择照片', again: '换一张', text: '一句话说明', placeholder: '例如：已让当班人员戴好工作帽并检查全员', send: '提交', sending: '上传中 {share}', sent: '已提交，等待复核', needPhoto: '请先拍一张整改后的照片', draft: '草稿已保存在本机', notPicture: '这个文件不是可以读取的照片，请换一张。', large: '照片压缩后为 {size}', failed: '没有提交成功，照片和文字仍在，可以重试。' },
  appeal: { title: '提交申辩', text: '理由', placeholder: '请写明为什么不构成违规', send: '提交申辩', sent: '已提交申辩，等待监管人员复核', need: '请写明理由（至少 5 个字）' },
  notice: { waiting: '等待复核', closed: '已销号：{at}', withdrawn: '已撤回，无需处理', appealed: '申辩中，等待监管人员回复', doc: '告知书全文', why: '判定依据', answered: '您的答复' },
  cameras: { title: '我的摄像头', empty: '还没有摄像头', last: '最近画面 {at}', wipe: '画面模糊时请擦拭镜头', watch: '观看', check: '请检查摄像头电源和网线。' },
};
