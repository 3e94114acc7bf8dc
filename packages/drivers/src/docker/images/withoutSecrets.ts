/** This process's environment for programs that make images: they need the user's settings and proxies, and none of Hearth's secrets. */
export function withoutSecrets(): NodeJS.ProcessEnv {
  const withheld = /^(HEARTH_|AWS_|DATABASE_URL|REDIS_URL|npm_(lifecycle|package|command))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.test(name)));
}
