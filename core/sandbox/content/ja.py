"""Japanese: vocabulary and beats. A script without spaces keeps tokenisers, slugs and charsets honest."""

from typing import Final

from core.sandbox.content.types import Beat, Language

_BEATS: Final = (
    Beat(
        desk="technology",
        titles=("{city}市、{count}台の端末をオープンソースに移行へ", "{city}市役所が事務ソフトを替える理由"),
        standfirst="{season}までに{count}台を切り替える。図書館ではすでに始まっている。",
        lead="最後のライセンスは{weekday}に切れる。{city}市はこれを更新せず、"
        "{count}台の端末を誰でも中身を読めるソフトウェアに移す方針だ。",
        body=(
            "「書類はどこにあるのか、という簡単な問いに答えられなかった」と、担当の{person}さんは話す。",
            "都市計画課での試行は{days}日間続いた。職員{small}人のうち、元に戻したいと答えたのは2人だけだった。",
            "{university}の{expert}が数えた書式は{count2}種類。半分は10年間開かれていなかった。",
            "納入元の{company}は{percent}%の値引きを申し出たが、手紙が届いたのは採決の翌日だった。",
        ),
    ),
    Beat(
        desk="business",
        titles=("{company}が{company2}を買収、{millions}億円", "{company}と{company2}、{city}で経営統合"),
        standfirst="雇用は維持するという。労働組合は慎重な姿勢だ。",
        lead="{company}は{weekday}、{company2}を{millions}億円で買収すると発表した。統合後の従業員は{count}人になる。",
        body=(
            "買収価格は直近の終値を{percent}%上回る。取締役会は全会一致で賛同した。",
            "「いつも同じ入札で顔を合わせていた」と{person}社長は語る。「最後はタクシーに相乗りした」。",
            "{university}の{expert}は「統合の半分は節約より費用が大きい。"
            "どちらの半分かは誰にも分からない」と指摘する。",
            "{city2}の拠点は少なくとも{years}年間は残す。",
        ),
    ),
    Beat(
        desk="science",
        titles=("{city}沖の海底から{finding}", "深さ{metres}メートルに{finding}、研究チームが発表"),
        standfirst="探していたのは地熱だった。見つかったのは{finding}だった。",
        lead="掘削を始めて{days}日目、機械の音が変わった。深さ{metres}メートル、"
        "岩だけがあるはずの場所に{finding}があった。",
        body=(
            "「まず装置を疑い、次にケーブルを、それから同僚を疑った」と{university}の{expert}は笑う。",
            "年代測定によると{millions}万年前のものとみられる。論文は今週発表される。",
            "最初に音の変化に気づいたのは、大学院生の{person}さんだった。",
            "調査は{season}に再開する予定だ。",
        ),
        words={"finding": ("木の化石の層", "太古の海水", "火山ガラスの層")},
    ),
    Beat(
        desk="sports",
        titles=("{club}、終了間際の決勝点で{club2}に{score}", "{club}が{score}で{club2}下す"),
        standfirst="観客{count}人。多くの人が席を立ち始めたころ、試合が動いた。",
        lead="後半ロスタイム、{person}が落ち着いて右足を振り抜き、{club}が{club2}を{score}で下した。",
        body=(
            "それまでは{club2}が優勢だった。保持率は{percent2}%、枠に当てたシュートもあった。",
            "「運もあったが、運を呼ぶだけのことはした」と監督は振り返った。",
            "次節は{weekday}、{city}で行われる。",
        ),
        words={"club": ("港FC", "北浜ユナイテッド", "浅葱SC", "白波クラブ"), "score": ("1-0", "2-1", "3-2")},
    ),
    Beat(
        desk="general",
        titles=("{city}と{city2}を結ぶ夜行列車、{years}年ぶりに復活", "夜行列車ふたたび {city}発{city2}行き"),
        standfirst="車両は中古、朝食はできたて。乗車率は{percent2}%に達した。",
        lead="{weekday}の午後10時9分、{city}駅に{years}年ぶりの汽笛が響いた。{city2}行きの夜行列車は{small}分遅れ、"
        "拍手に送られて出発した。",
        body=(
            "復活を求めてきた{person}さんは下段の寝台に乗り、あえて一睡もしなかった。",
            "車両の改修には{millions}億円かかった。",
            "「道路も黒字ではない」と{university}の{expert}は言う。",
            "シャワーは{season}に設けられる。それまでは洗面台と小さな灯り、そして窓の景色がある。",
        ),
    ),
)

JAPANESE = Language(
    code="ja",
    thousands=",",
    decimal=".",
    bylines=("水野 彩", "岡本 健太郎", "藤沢 美咲", "西田 徹"),
    words={
        "person": ("佐伯 隆", "森川 由紀", "長谷 誠", "石黒 奈緒", "大塚 恵"),
        "expert": ("高瀬教授", "三浦准教授", "村井研究員", "川端教授"),
        "city": ("函館", "松江", "金沢", "高松", "長崎", "米子", "弘前", "尾道"),
        "university": ("潮見大学", "北浜工業大学", "白波大学"),
        "company": ("港電子", "青葉システム", "北灯", "みずほのか製作所", "しらなみ"),
        "season": ("来春", "来夏", "年末"),
        "weekday": ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日"),
    },
    beats=_BEATS,
    correction="{weekday}に記事を訂正しました。{city}に関する数字に誤りがありました。",
    closings=(
        "{company}と{person}さんは、これ以上のコメントを控えた。",
        "数字は11月中旬までの{days}日間のもの。",
        "「1年後にもう一度聞いてほしい。もっと退屈な答えになるといい」と{person}さんは話した。",
        "{city2}でも関心をもって見守っている。",
    ),
)
