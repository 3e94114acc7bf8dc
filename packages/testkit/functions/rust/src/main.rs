// The function of the tests of Rust: the event's `do` says what it does.
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

#[derive(Debug)]
struct AsAsked;

impl std::fmt::Display for AsAsked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "as asked: ü")
    }
}

impl std::error::Error for AsAsked {}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let LambdaEvent { payload, context } = event;
    match payload["do"].as_str().unwrap_or_default() {
        "echo" => Ok(payload["value"].clone()),
        "context" => Ok(json!({
            "requestId": context.request_id,
            "arn": context.invoked_function_arn,
            "name": context.env_config.function_name,
            "custom": context.client_context.map(|client| client.custom),
            "deadline": context.deadline,
        })),
        "fail" => Err(Box::new(AsAsked)),
        "panic" => panic!("as asked"),
        "exit" => std::process::exit(3),
        other => Ok(json!(format!("unknown: {other}"))),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
