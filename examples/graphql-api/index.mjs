import { buildSchema, graphql } from "graphql";

const schema = buildSchema(`
  type Book { id: ID!, title: String!, author: Author! }
  type Author { name: String!, books: [Book!]! }
  type Query { book(id: ID!): Book, books(author: String): [Book!]! }
  type Mutation { addBook(title: String!, author: String!): Book! }
`);

/** In memory: each execution environment has its own. `../rest-api` has a table. */
const shelf = [
  { title: "The Left Hand of Darkness", author: "Ursula K. Le Guin" },
  { title: "The Dispossessed", author: "Ursula K. Le Guin" },
  { title: "Solaris", author: "Stanisław Lem" },
];

const book = (id) => shelf[id] && { id, title: shelf[id].title, author: () => author(shelf[id].author) };
const booksBy = (name) =>
  shelf
    .map((_, id) => id)
    .filter((id) => name === undefined || shelf[id].author === name)
    .map(book);
const author = (name) => ({ name, books: () => booksBy(name) });

const rootValue = {
  book: ({ id }) => book(Number(id)),
  books: ({ author: name }) => booksBy(name),
  addBook: (added) => book(shelf.push(added) - 1),
};

export async function handler({ requestContext, body, isBase64Encoded }) {
  if (requestContext.http.method !== "POST") return { statusCode: 405, headers: { allow: "POST" } };
  let request;
  try {
    request = JSON.parse(isBase64Encoded ? Buffer.from(body, "base64").toString() : body);
  } catch {
    return { statusCode: 400, body: "the body is not JSON" };
  }
  const { query: source = "", variables: variableValues, operationName } = request;
  return await graphql({ schema, source, rootValue, variableValues, operationName });
}
