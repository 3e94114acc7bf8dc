/** What people see who open a link of a message in a browser. */
export const linkPage = {
  /** Asks before something happens. `url` is the path and query of the request. */
  question(action: string, url: string): string {
    const [text, label] =
      action === "Unsubscribe"
        ? ["Do you want to end this subscription?", "Unsubscribe"]
        : ["Do you want to get messages of this topic?", "Confirm subscription"];
    return page(`<p>${text}</p><p><a href="${escape(`${url}&Confirmed=true`)}">${label}</a></p>`);
  },
  done(action: string, arn: string | undefined): string {
    if (action === "Unsubscribe") return page("<p>Your subscription has ended.</p>");
    return page(`<p>Your subscription is confirmed.</p><p>${escape(arn ?? "")}</p>`);
  },
  refused(reason: string): string {
    return page(`<p>This link does not work: ${escape(reason)}.</p>`);
  },
};

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Subscription</title>
${content}
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
