/** The public page of a canteen. */
export default {
  title: '明厨亮灶', grade: '食品安全等级 {grade}', noGrade: '等级未评定', synthetic: '画面为合成演示', masked: '画面已做隐私保护',
  week: {
    title: '本周记录', none: '本周未发现问题', some: '本周发现 {found} 次，已整改 {rectified} 次', all: '本周发现 {found} 次，均已整改',
    share: '可判断时段 {share}', noShare: '本周没有可判断的画面，因此不能说“未发现问题”', judged: '可判断', notJudged: '无法判断或未观察',
    rectifiedOn: '{at} 已整改', open: '整改中', join: '；', explain: '“可判断时段”指画面清楚、系统能够判断的时间占应观察时间的比例。',
  },
  noCameras: '该食堂暂无公开画面', unavailable: '实时画面暂不公开',
  reason: {
    not_demo: '本系统尚未启用画面隐私处理，依规定不向公众播放后厨画面。下方仍可查看整改记录。',
    no_public_derivative: '本系统尚未启用画面隐私处理，依规定不向公众播放后厨画面。下方仍可查看整改记录。', other: '{reason}',
  },
  heading: { environment: '洗消与废弃物', ingredients: '库房与留样', operation: '加工与备餐' },
  notFound: '没有找到这个食堂', notFoundHelp: '请重新扫描食堂门口的二维码，或核对网址中的 8 位编码。', 
  footer: '由学校与监管部门公开 · 编码 {code}', language: 'English', choose: '请选择食堂',
};
