/** The administrator's pages. */
export default {
  cameras: {
    title: '摄像头', add: '添加摄像头', name: '名称', state: '状态', streams: '码流', public: '公开', enabled: '启用', remove: '删除', removeTitle: '删除摄像头“{name}”？', removeHelp: '将停止接入和判定。已有的录像和违规记录保留。', removed: '已删除“{name}”', empty: '还没有摄像头', emptyHelp: '添加第一路摄像头，先测试地址再保存。', act: '操作',
    publicRefused: '不能公开：{reason}', never: '该区域不得公开', 
  },
  form: {
    title: '添加摄像头', canteen: '单位', name: '名称', namePlaceholder: '例如：烹饪间 1 号', zone: '区域', main: '主码流地址', sub: '子码流地址', subHelp: '可不填。用于多画面和手机观看，请选 H.264。', username: '账号', password: '密码', addressHelp: 'rtsp://主机:端口/路径，账号和密码写在下面，不要写进地址。', probe: '测试连接', probing: '正在连接摄像头，最多 10 秒', ok: '连接成功：{codec}，{width}×{height}', h265: '该码流为 H.265：可以录像和判定，但浏览器不能播放，请提供 H.264 子码流。',
    save: '保存', saved: '已添加“{name}”，正在连接', need: { canteen: '请选择单位', name: '请填写名称', zone: '请选择区域', main_url: '请填写以 rtsp:// 开头的地址', sub_url: '子码流地址须以 rtsp:// 开头' }, credentials: '地址中含有账号或密码；请移到下面的输入框。', probeFirst: '建议先测试连接', failed: '无法连接：{why}',
  },
  people: { title: '人员', office: '岗位', role: '角色', login: '账号', scope: '范围', password: '密码', has: '已设置', hasNot: '未设置', all: '全部', link: '生成登录链接', linkTitle: '登录链接（只能使用一次）', linkHelp: '请当面或经可靠渠道交给本人。{at} 前有效。', empty: '还没有人员', unavailable: '这一版系统只能用命令行管理人员：mingchu user add / mingchu user list。' },
  system: { title: '系统', version: '版本', database: '数据库', started: '启动时间', judging: '判定', models: '模型', publication: '对公众播放', allowed: '允许', refused: '不允许：{reason}', demo: '演示系统', yes: '是', no: '否', cameras: '摄像头', online: '在线 {live}/{all}', checkHelp: '在服务器上运行 mingchu check 可逐项检查配置、数据库、存储和识别模型。' },
};
