// A function in Go with AWS's own client, as `go build` makes it for provided.al2023.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type request struct {
	Do    string `json:"do"`
	Value any    `json:"value"`
}

func handle(ctx context.Context, event request) (any, error) {
	switch event.Do {
	case "echo":
		return event.Value, nil
	case "context":
		found, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"requestId": found.AwsRequestID,
			"arn":       found.InvokedFunctionArn,
			"name":      lambdacontext.FunctionName,
			"remaining": time.Until(deadline).Milliseconds(),
			"custom":    found.ClientContext.Custom,
		}, nil
	case "exit":
		os.Exit(3)
	case "panic":
		panic("as asked")
	}
	return nil, errors.New("as asked: ü")
}

func main() {
	lambda.Start(handle)
}
