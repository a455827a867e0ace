/** The console of regulators and administrators: shell, today, wall, canteens, board, audit, sign-in. */
export default {
  menu: { today: '今日', review: '核实', wall: '视频', canteens: '单位', board: '整改', audit: '审计', cameras: '摄像头', people: '人员', system: '系统', label: '主菜单' },
  shell: { signOut: '退出登录', language: 'English', password: '设置密码', skip: '跳到正文' },
  role: { regulator: '监管人员', manager: '食堂管理员', parent: '家长', admin: '系统管理员' },
  judging: {
    banner: '现在没有在判定违规', no_models: '没有找到识别模型。请用 --models 指定模型文件夹，或设置 MINGCHU_MODELS。', no_runtime: '没有找到推理运行库 libonnxruntime.so。请运行 mingchu check 查看缺少什么。',
    starting: '识别程序正在启动，通常一分钟内完成。', no_analyzer: '本系统没有运行识别程序（角色 analyzer）。', disabled: '识别程序已关闭。', stale: '识别程序已停止上报。请查看其日志。', unknown: '原因未知。请运行 mingchu check。',
    rest: '视频接入与录像照常进行。', on: '正在判定', models: '模型',
  },
  today: {
    title: '今日', online: '在线率', valid: '可判断时段', toReview: '待核实', overdue: '超期', open: '待整改', of: '{part}/{whole}', cameras: '路摄像头在线', validHelp: '今日观察时间中可判断的比例', reviewHelp: '等待人工核实',
    overdueHelp: '超过整改期限', openHelp: '期限内等待食堂处理', needs: '今天需要我', needsHelp: '按严重程度、超期和离线排序', nothing: '今天没有需要您处理的事', nothingWatched: '今天观察 {span}，其中可判断 {share}。', nothingUnwatched: '今天还没有可判断的画面，因此不能说“没有问题”。',
    why: { overdue: '{n} 份告知书超期', review: '{n} 条违规待核实', recheck: '{n} 份整改待复核', offline: '{n} 路摄像头离线', appeal: '{n} 份申辩待回复' }, act: { review: '去核实', notices: '看整改', cameras: '看摄像头' },
    coverage: '各单位可判断时段', coverageHelp: '今日 0 时起，可判断时间占应观察时间', coverageNone: '未观察', observed: '观察 {span}', latest: '最新发现', all: '全部',
  },
  wall: { title: '视频', layout: '画面布局', tiles: '{n} 画面', canteen: '单位', all: '全部单位', page: '第 {page}/{pages} 页', empty: '没有摄像头', emptyHelp: '系统管理员可以添加摄像头。', full: '全屏', previous: '上一页', next: '下一页' },
  canteens: {
    title: '单位', search: '按名称、学校或编码查找', name: '单位', grade: '等级', online: '在线', toReview: '待核实', openNotices: '待整改', overdue: '超期', none: '没有符合条件的单位', noneHelp: '请换一个词再试。', empty: '管辖范围内还没有单位', noGrade: '未评定',
    tabs: { live: '实时', violations: '违规', notices: '告知书', cameras: '摄像头', public: '公开页' }, licence: '许可证 {no}', qr: '公开页二维码', qrHelp: '家长扫码即可观看，不需登录', openPublic: '打开公开页', noViolations: '没有发现违规', noViolationsHelp: '请同时看可判断时段：没有判定不等于没有问题。', noNotices: '没有告知书',
    since: '{at} 起', publicYes: '公开', publicNo: '不公开', stream: { main: '主码流', sub: '子码流' }, 
  },
  board: { title: '整改', open: '待整改', overdue: '超期', recheck: '待复核', appealed: '申辩中', done: '已办结', prompt: '预警提示', formal: '告知书', none: '无', noDeadline: '核实后起算期限', filter: '单位' },
  audit: { title: '审计', at: '时间', actor: '人员', action: '动作', subject: '对象', detail: '内容', hash: '校验', empty: '还没有审计记录', help: '每一行的校验值包含上一行，删改会被发现。', system: '系统',
    does: {
      session: { begin: '登录', end: '退出' }, person: { add: '添加人员', link: '生成登录链接', set_password: '设置密码' }, camera: { add: '添加摄像头', change: '修改摄像头', remove: '删除摄像头' },
      violation: { confirm: '核实违规', dismiss: '驳回违规', undo: '撤销核实' }, frame: { view: '查看画面' }, clip: { view: '查看证据片段' },
      notice: { issue: '送达告知', formal: '转为正式告知书', acknowledge: '签收', rectify: '提交整改', appeal: '提交申辩', close: '销号', reject: '退回', withdraw: '撤回', extend: '延期' },
    },
  },
  signIn: {
    title: '登录', login: '账号', password: '密码', go: '登录', wrong: '账号或密码不正确。', linkTitle: '登录链接已失效', linkHelp: '链接只能使用一次，并会过期。请向系统管理员索取新的链接，或用账号密码登录。', demo: '演示系统没有默认密码：请使用启动时打印的登录链接。', tagline: '学校食堂“互联网+明厨亮灶”',
  },
  password: { title: '设置密码', help: '至少 10 个字符。设置后可用账号 {login} 和密码登录。', current: '现在的密码', one: '新密码', two: '再输一次', short: '至少 10 个字符', differ: '两次输入不一致', saved: '密码已保存', later: '以后再说' },
  lost: { title: '没有这个页面', help: '地址可能写错，或不在您的权限内。', home: '回到首页' },
  parentHome: { title: '家长请看公开页', help: '公开页不需登录。请扫描食堂门口的二维码，或从下面选择。' },
};
