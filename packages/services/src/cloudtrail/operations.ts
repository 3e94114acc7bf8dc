import type { AnyOperation } from "@hearth/wire";
import type { CloudTrailDeps } from "./deps.ts";
import { lookupEvents } from "./operations/lookupEvents.ts";

/** The operations of CloudTrail that Hearth has. */
export const operations: readonly AnyOperation<CloudTrailDeps>[] = [lookupEvents];

/** Every operation of CloudTrail. */
export const ALL_OPERATIONS = `
  AddTags CancelQuery CreateChannel CreateDashboard CreateEventDataStore CreateTrail DeleteChannel DeleteDashboard
  DeleteEventDataStore DeleteResourcePolicy DeleteTrail DeregisterOrganizationDelegatedAdmin DescribeQuery DescribeTrails
  DisableFederation EnableFederation GenerateQuery GetChannel GetDashboard GetEventConfiguration GetEventDataStore
  GetEventSelectors GetImport GetInsightSelectors GetQueryResults GetResourcePolicy GetTrail GetTrailStatus ListChannels
  ListDashboards ListEventDataStores ListImportFailures ListImports ListInsightsData ListInsightsMetricData ListPublicKeys
  ListQueries ListTags ListTrails LookupEvents PutEventConfiguration PutEventSelectors PutInsightSelectors PutResourcePolicy
  RegisterOrganizationDelegatedAdmin RemoveTags RestoreEventDataStore SearchSampleQueries StartDashboardRefresh
  StartEventDataStoreIngestion StartImport StartLogging StartQuery StopEventDataStoreIngestion StopImport StopLogging
  UpdateChannel UpdateDashboard UpdateEventDataStore UpdateTrail`;
