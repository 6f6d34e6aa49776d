package dev.sifter.train.cli;

import dev.sifter.train.report.Visible;

/** A rendered conversation as a page of its own: no scripts, nothing loaded from elsewhere. */
final class TokenPage {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Conversation, token by token</title>
      <style>
      :root { color-scheme: light dark; --page: #fbfbf9; --ink: #22252a; --soft: #6b7078;
        --line: #e3e3de; --card: #fff; --trained: #c9ecd2; --trained-ink: #10491f;
        --ignored: #eeeeec; --ignored-ink: #63676e; }
      @media (prefers-color-scheme: dark) { :root { --page: #15171a; --ink: #e6e6e3;
        --soft: #989ca4; --line: #2c2f34; --card: #1c1f23; --trained: #174e28;
        --trained-ink: #c5f3d0; --ignored: #292c31; --ignored-ink: #a5a9b0; } }
      body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.5rem; background: var(--page);
        color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
      h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
      h2 { font-size: 1rem; margin: 2rem 0 .6rem; }
      p { margin: .3rem 0 1.2rem; color: var(--soft); }
      .text, table { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
      .text { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
        padding: 1.1rem 1.2rem; font-size: .9rem; line-height: 1.95; white-space: pre-wrap;
        overflow-wrap: anywhere; }
      .t, .i { border-radius: 4px; padding: .12em .18em; margin-right: 1px; }
      .t { background: var(--trained); color: var(--trained-ink); }
      .i { background: var(--ignored); color: var(--ignored-ink); }
      .text span:hover { outline: 2px solid var(--ink); }
      table { width: 100%; border-collapse: collapse; font-size: .85rem; }
      th { text-align: left; color: var(--soft); font-weight: 600; position: sticky; top: 0;
        background: var(--page); }
      th, td { padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); }
      td.n, th.n { width: 3.5rem; text-align: right; font-variant-numeric: tabular-nums; }
      td.p { white-space: pre-wrap; overflow-wrap: anywhere; }
      </style>
      </head>
      <body>
      """;

  private TokenPage() {}

  /** The whole page. */
  static String of(RenderedChat chat) {
    StringBuilder page = new StringBuilder(HEAD);
    page.append("<h1>Conversation, token by token</h1>\n")
        .append(
            ("<p>%d tokens: <span class=\"t\">%d trained</span> <span class=\"i\">%d"
                    + " ignored</span>. A token's number and role show under the pointer.</p>\n")
                .formatted(
                    chat.tokens().size(), chat.trained(), chat.tokens().size() - chat.trained()));
    page.append("<div class=\"text\">");
    chat.tokens().forEach(token -> appendSpan(page, token));
    page.append("</div>\n<h2>Tokens</h2>\n<table>\n<thead><tr><th class=\"n\">#</th>")
        .append("<th class=\"n\">id</th><th>token</th><th>role</th><th>loss</th></tr></thead>\n")
        .append("<tbody>\n");
    for (int i = 0; i < chat.tokens().size(); i++) {
      appendRow(page, i, chat.tokens().get(i));
    }
    return page.append("</tbody>\n</table>\n</body>\n</html>\n").toString();
  }

  private static void appendSpan(StringBuilder page, RenderedChat.Token token) {
    String shown = token.text().isEmpty() ? token.piece() : token.text();
    page.append(
        "<span class=\"%s\" title=\"%d %s, %s\">%s</span>"
            .formatted(
                token.trained() ? "t" : "i",
                token.id(),
                escape(Visible.of(token.piece())),
                escape(token.role().isEmpty() ? "no role" : token.role()),
                // The sign shows where the line ends; the newline after it ends it.
                escape(shown).replace("\n", "\u21b5\n")));
  }

  private static void appendRow(StringBuilder page, int number, RenderedChat.Token token) {
    page.append(
        ("<tr><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"p\">%s</td><td>%s</td>"
                + "<td><span class=\"%s\">%s</span></td></tr>\n")
            .formatted(
                number,
                token.id(),
                escape(Visible.of(token.piece())),
                escape(token.role()),
                token.trained() ? "t" : "i",
                token.trained() ? "trained" : "ignored"));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
