import {
  AccessDeniedException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import type { AccountRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { OWNER_ACCOUNT } from "@hearth/model";
import { type AdminDeps, ownerOnly } from "./deps.ts";

export const AccountId = text({ pattern: "\\d{12}" });

function toAccount({ accountId, name, createdAt }: AccountRecord) {
  return { accountId, name, createdAt: createdAt.toISOString() };
}

/** Makes an account; a random id unless one is given. */
export const createAccount = operation({
  name: "CreateAccount",
  http: ["POST", "/_hearth/accounts", 201],
  input: structure({ accountId: AccountId.optional(), name: text({ max: 128 }).optional() }),
  errors: [AccessDeniedException, ResourceConflictException],
  async handle(input, { caller }, { accounts, clock, random }: AdminDeps) {
    ownerOnly(caller, "CreateAccount");
    const accountId = input.accountId ?? String(1e11 + Math.floor(random.fraction() * 9e11));
    const account = { accountId, name: input.name ?? "", createdAt: new Date(clock.now()) };
    if (!(await accounts.create(account))) {
      throw new ResourceConflictException(`The account ${accountId} exists already.`);
    }
    return toAccount(account);
  },
});

export const listAccounts = operation({
  name: "ListAccounts",
  http: ["GET", "/_hearth/accounts", 200],
  input: structure({}),
  errors: [AccessDeniedException],
  async handle(_input, { caller }, { accounts }: AdminDeps) {
    ownerOnly(caller, "ListAccounts");
    return { accounts: (await accounts.list()).map(toAccount) };
  },
});

export const deleteAccount = operation({
  name: "DeleteAccount",
  http: ["DELETE", "/_hearth/accounts/{accountId}", 204],
  input: structure({ accountId: AccountId }),
  errors: [AccessDeniedException, ResourceNotFoundException, ResourceConflictException],
  async handle({ accountId }, { caller }, { accounts }: AdminDeps) {
    ownerOnly(caller, "DeleteAccount");
    if (accountId === OWNER_ACCOUNT) throw new ResourceConflictException("The owner's account stays.");
    const outcome = await accounts.delete(accountId);
    if (outcome === "missing") throw new ResourceNotFoundException(`There is no account ${accountId}.`);
    if (outcome === "inUse") {
      throw new ResourceConflictException(`The account ${accountId} still has keys, users, roles or functions.`);
    }
    return undefined;
  },
});
