import json
import os

import boto3

iam = boto3.client("iam")
sns = boto3.client("sns")


def pages(operation, key, **how):
    for page in iam.get_paginator(operation).paginate(**how):
        yield from page[key]


def listed(value):
    return value if isinstance(value, list) else [value]


def allows_everything(statement):
    wide = "*" in listed(statement.get("Action", [])) and "*" in listed(statement.get("Resource", []))
    return statement["Effect"] == "Allow" and wide and "Condition" not in statement


def of_users():
    for user in pages("list_users", "Users"):
        keys = pages("list_access_keys", "AccessKeyMetadata", UserName=user["UserName"])
        active = sum(key["Status"] == "Active" for key in keys)
        if active > 1:
            yield f"user {user['UserName']} has {active} active access keys"


def of_roles():
    for role in pages("list_roles", "Roles"):
        for name in pages("list_role_policies", "PolicyNames", RoleName=role["RoleName"]):
            document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            if any(map(allows_everything, listed(document["Statement"]))):
                yield f"role {role['RoleName']} may do everything, by its policy {name}"


def handler(event, context):
    findings = [*of_users(), *of_roles()]
    print(f"{len(findings)} findings")
    if findings:
        sns.publish(TopicArn=os.environ["TOPIC"], Subject="Security audit", Message=json.dumps(findings, indent=2))
