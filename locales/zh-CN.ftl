# Sentences of the panel. Sections are rooms; a key begins with the name of its room.

## Roles
role-operator = 话务员
role-supervisor = 领班
role-engineer = 工程师
role-greeter = 迎宾
role-manager = 经理
role-head = 部门主管
role-finance = 财务
role-admin = 管理员
role-wallboard = 大屏

## Layout
layout-brand = 三响
layout-main-nav = 主导航
layout-console = 来电台
layout-calls = 通话记录
layout-staff = 人员
layout-me = 我的设置
layout-sign-out = 退出登录
layout-skip = 跳到正文
layout-lines-up = 线路 { $up }/{ $all } 在线
layout-line-down = 线路“{ $name }”已断开
layout-lines-none = 未配置线路
layout-lines-down-banner = 听不到来电：线路“{ $names }”已断开，正在自动重连。此间的来电不会被计入。
layout-store-down-banner = 暂时无法保存：来电仍在跟踪，恢复后会自动写入。请通知管理员检查磁盘与数据库。
layout-stale = 连接已中断，画面可能不是最新。
layout-updated = 实时
layout-on-duty = 上岗
layout-off-duty = 未上岗

## Problems
problem-home = 回到首页
problem-syntax = 看不懂这个请求
problem-syntax-detail = 请求的内容不完整或格式不对，什么都没有改动。请刷新页面后重试。
problem-cursor = 翻页位置无效，请从第一页开始。
problem-unauthorized = 需要先登录
problem-unauthorized-detail = 请先登录；程序请使用有效的令牌（Authorization: Bearer …）。
problem-forbidden = 没有权限
problem-forbidden-detail = 您的角色不能打开或更改这里。如有需要，请联系管理员。
problem-not-found = 没有找到
problem-not-found-detail = 这个地址没有内容，可能已被删除或写错了。
problem-method = 这里不能这样操作
problem-method-detail = 这个地址不支持该操作方式。
problem-stale = 别人刚刚改过
problem-stale-detail = 您打开之后，这条记录已被别人更改，您的修改没有保存。请查看最新内容后再改一次。
problem-rules = 请更正后再提交
problem-rules-detail = 有内容不符合要求，什么都没有改动。
problem-too-often = 尝试次数太多
problem-too-often-detail = 请在 { $seconds } 秒后再试。
problem-away = 暂时无法保存
problem-away-detail = 数据库暂时没有响应，什么都没有改动。请几秒后重试。
problem-broken = 出错了
problem-broken-detail = 这是我们的问题，已经记录下来，什么都没有改动。请重试；如果仍然出错，请告诉管理员。
problem-too-slow = 接收超时
problem-too-slow-detail = 内容没有及时传完，什么都没有改动。请检查网络后重试。
problem-too-large = 内容太大
problem-too-large-detail = 一次最多提交 256 KB。
problem-media-type = 不支持这种格式
problem-media-type-detail = 请提交表单或 JSON。
problem-foreign = 来自其他网站的操作已拒绝
problem-foreign-detail = 为了您的安全，只接受从本站页面提交的操作。请从本站页面重试。
problem-repeated = 已经提交过
problem-other-body = 同一个 Idempotency-Key 已用于另一个请求。请换一个新的。
problem-under-way = 同样的操作正在进行，请稍后查看结果。
problem-shown-once = 操作已完成，其中的密钥只显示一次。如果没有记下，请重新生成。

demo-clock-one = 请给出 now 或 advance_ms 其中之一。
demo-clock-back = 时钟不能倒退。
