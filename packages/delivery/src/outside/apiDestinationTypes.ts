/** What an API destination's connection knows, decrypted. Members have EventBridge's names. */
export interface OpenConnection {
  readonly ConnectionArn: string;
  /** Changes whenever the connection changes: tokens of an older one are not used. */
  readonly version: string;
  readonly AuthorizationType: "BASIC" | "API_KEY" | "OAUTH_CLIENT_CREDENTIALS";
  readonly AuthParameters: OpenAuthParameters;
}

export interface OpenAuthParameters {
  readonly BasicAuthParameters?: { readonly Username: string; readonly Password: string };
  readonly ApiKeyAuthParameters?: { readonly ApiKeyName: string; readonly ApiKeyValue: string };
  readonly OAuthParameters?: OpenOAuthParameters;
  readonly InvocationHttpParameters?: ConnectionHttpParameters;
}

export interface OpenOAuthParameters {
  readonly ClientParameters: { readonly ClientID: string; readonly ClientSecret: string };
  readonly AuthorizationEndpoint: string;
  readonly HttpMethod: "GET" | "POST" | "PUT";
  readonly OAuthHttpParameters?: ConnectionHttpParameters;
}

export interface ConnectionParameter {
  readonly Key: string;
  readonly Value: string;
}

export interface ConnectionHttpParameters {
  readonly HeaderParameters?: readonly ConnectionParameter[];
  readonly QueryStringParameters?: readonly ConnectionParameter[];
  readonly BodyParameters?: readonly ConnectionParameter[];
}

export interface OpenApiDestination {
  readonly ApiDestinationArn: string;
  readonly InvocationEndpoint: string;
  readonly HttpMethod: string;
  readonly InvocationRateLimitPerSecond: number;
  readonly connection: OpenConnection;
}

/** The `HttpParameters` of a target, after its values have been taken from the event. */
export interface TargetHttpParameters {
  readonly PathParameterValues?: readonly string[];
  readonly HeaderParameters?: Readonly<Record<string, string>>;
  readonly QueryStringParameters?: Readonly<Record<string, string>>;
}

/** The `parameters` of a message whose target is an API destination. */
export interface ApiDestinationParameters {
  readonly HttpParameters?: TargetHttpParameters;
}
